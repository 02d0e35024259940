"""What a browser would send of a page's form, for tests that press Save by HTTP."""

from html.parser import HTMLParser
from typing import Any


class Form(HTMLParser):
    """The fields of the form with an id, each with its values."""

    def __init__(self, form_id: str | None) -> None:
        super().__init__()
        self.form_id, self.inside = form_id, False
        self.fields: dict[str, list[str]] = {}
        self.select: dict[str, Any] | None = None
        self.area = ""

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        attributes = dict(pairs)
        if tag == "form":
            self.inside = attributes.get("id") == self.form_id
        if not self.inside:
            return
        name = attributes.get("name") or ""
        if tag == "input" and name and _is_sent(attributes):
            default = "on" if attributes.get("type") == "checkbox" else ""
            self._add(name, attributes.get("value") or default)
        elif tag == "select":
            self.select = {"name": name, "all": [], "chosen": []}
            self.select["many"] = "multiple" in attributes
        elif tag == "option" and self.select is not None:
            which = ("all", "chosen") if "selected" in attributes else ("all",)
            for each in which:
                self.select[each].append(attributes.get("value") or "")
        elif tag == "textarea":
            self.area = name
            self._add(name, "")

    def handle_data(self, data: str) -> None:
        if self.area:
            self.fields[self.area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.inside = False
        elif tag == "textarea" and self.area:
            text = self.fields[self.area][-1].removeprefix("\n")
            self.fields[self.area][-1] = text.replace("\n", "\r\n")
            self.area = ""
        elif tag == "select" and self.select is not None:
            self._choose(self.select)
            self.select = None

    def _choose(self, select: dict[str, Any]) -> None:
        """A list of one shows its first option where none is selected."""
        chosen = select["chosen"]
        if not select["many"]:
            chosen = (chosen or select["all"][:1])[-1:]
        for value in chosen:
            self._add(select["name"], value)

    def _add(self, name: str, value: str) -> None:
        self.fields.setdefault(name, []).append(value)


def _is_sent(attributes: dict[str, str | None]) -> bool:
    kind = attributes.get("type") or "text"
    if kind in {"checkbox", "radio"}:
        return "checked" in attributes
    return kind not in {"submit", "button", "reset"}


def form_of(page: str, form_id: str | None) -> dict[str, list[str]]:
    parser = Form(form_id)
    parser.feed(page)
    return parser.fields
