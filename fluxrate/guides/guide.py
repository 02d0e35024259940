"""The Markdown files that the site serves: docs/, and the pages beside it."""

import re
from dataclasses import dataclass
from functools import cache
from os.path import normpath
from pathlib import Path, PurePosixPath

from django.conf import settings
from django.urls import reverse

_LINK = re.compile(r"(\]\()(?!https?:|#)([^)\s]+)(\))")
# Files outside docs/, by the name in their URL.
_BESIDE = {
    "readme": "README.md",
    "changelog": "CHANGELOG.md",
    "contributing": "CONTRIBUTING.md",
    "security-policy": "SECURITY.md",
    "client-python": "clients/python/README.md",
    "client-typescript": "clients/typescript/README.md",
}


@dataclass(frozen=True)
class Guide:
    """`name` is the part of the URL after /docs/guides/; `path` is in the checkout."""

    name: str
    path: PurePosixPath
    text: str

    @property
    def title(self) -> str:
        return self.text.partition("\n")[0].lstrip("# ")

    @property
    def markdown(self) -> str:
        """The text with links that lead to URLs of this site."""
        return _LINK.sub(
            lambda match: match[1] + (self.url_of(match[2]) or "#") + match[3],
            self.text,
        )

    def url_of(self, link: str) -> str | None:
        """The URL of a relative link's target; None if the site does not serve it."""
        target, mark, heading = link.partition("#")
        path = normpath(self.path.parent / target) if target else str(self.path)
        for guide in guides().values():
            if str(guide.path) == path:
                return reverse("guide", args=[guide.name]) + mark + heading
        return None


@cache
def guides() -> dict[str, Guide]:
    """The guides by name."""
    folder: Path = settings.DOCUMENTS_DIR
    docs = sorted((folder / "docs").rglob("*.md"))
    names = {str(path.relative_to(folder / "docs"))[:-3]: path for path in docs}
    names |= {name: folder / path for name, path in _BESIDE.items()}
    return {
        name: Guide(name, PurePosixPath(path.relative_to(folder)), path.read_text())
        for name, path in names.items()
    }
