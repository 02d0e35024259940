"""Metadata in a form: a row for each key, and a box for pasted JSON."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from django import forms
from django.forms.fields import InvalidJSONInput
from django.http import QueryDict

NEW_ROWS = 3


class Row(NamedTuple):
    """A removed row has a tick; a new one has an input for its key."""

    key: str
    value: str
    is_removed: bool = False
    is_new: bool = False


class SubmittedMetadata(InvalidJSONInput):
    """The rows and the pasted JSON as one JSON text, which may be malformed."""

    rows: list[Row]
    pasted: str

    @classmethod
    def of(cls, rows: list[Row], pasted: str) -> "SubmittedMetadata":
        self = cls(_as_json(rows, pasted))
        self.rows, self.pasted = rows, pasted
        return self

    @property
    def emptied(self) -> list[str]:
        """The keys whose value was emptied without a tick."""
        return [
            row.key
            for row in self.rows
            if row.key and not row.value.strip() and not row.is_removed
        ]


class MetadataWidget(forms.Widget):
    template_name = "admin/metadata_widget.html"

    def get_context(
        self, name: str, value: object, attrs: Mapping[str, object] | None
    ) -> dict[str, object]:
        context: dict[str, object] = super().get_context(name, value, attrs)  # type: ignore[arg-type]
        if isinstance(value, SubmittedMetadata):
            rows, pasted = value.rows, value.pasted
        else:
            rows, pasted = _rows(str(value or "{}"))
        blank = [Row("", "", is_new=True)] * NEW_ROWS
        return context | {"rows": [*rows, *blank], "pasted": pasted}

    def value_from_datadict(
        self, data: Mapping[str, object], files: object, name: str
    ) -> object:
        """Of a form without rows, the JSON alone."""
        if not isinstance(data, QueryDict) or f"{name}-key" not in data:
            return data.get(name)
        keys, values = data.getlist(f"{name}-key"), data.getlist(f"{name}-value")
        removed = set(data.getlist(f"{name}-remove"))
        present = set(data.getlist(f"{name}-present"))
        rows = [
            Row(key, value, key in removed, key not in present)
            for key, value in zip(keys, values, strict=False)
            if key.strip() or value.strip()
        ]
        return SubmittedMetadata.of(rows, str(data.get(name, "")))

    def value_omitted_from_data(
        self, data: Mapping[str, object], files: object, name: str
    ) -> bool:
        return name not in data and f"{name}-key" not in data


def _rows(text: str) -> tuple[list[Row], str]:
    """The rows of a JSON object; text that is none belongs into the box."""
    try:
        metadata = json.loads(text)
        # A lone surrogate cannot be sent to a browser.
        json.dumps(metadata, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return [], text
    if not isinstance(metadata, dict):
        return [], text
    return [Row(key, str(value)) for key, value in metadata.items()], ""


def _as_json(rows: list[Row], pasted: str) -> str:
    """The rows, into which the pasted object is merged (RFC 7396)."""
    pairs: list[tuple[str, object]] = [
        (row.key, row.value) for row in rows if not row.is_removed
    ]
    if pasted.strip():
        try:
            patch = json.loads(pasted, object_pairs_hook=tuple)
        except (ValueError, RecursionError):
            return pasted
        if not isinstance(patch, tuple):
            return pasted
        named = {key for key, _ in patch}
        pairs = [pair for pair in pairs if pair[0] not in named]
        pairs += [(key, value) for key, value in patch if value is not None]
    # Repeated keys stay, so that the parser refuses them.
    return f"{{{', '.join(f'{json.dumps(k)}: {_dumped(v)}' for k, v in pairs)}}}"


def _dumped(value: object) -> str:
    if isinstance(value, tuple):
        return f"{{{', '.join(f'{json.dumps(k)}: {_dumped(v)}' for k, v in value)}}}"
    return json.dumps(value)
