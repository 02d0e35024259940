"""Markdown to HTML. HTML in the text is shown, not used."""

import re
from itertools import pairwise

from markdown_it import MarkdownIt
from markdown_it.token import Token

from .guide import Guide

_PARSER = MarkdownIt("commonmark", {"html": False}).enable("table")


def html(guide: Guide) -> str:
    """The guide as HTML. Each heading has the anchor that GitHub gives it, and each row
    of a table that begins with code has the code as its anchor.
    """
    tokens = _PARSER.parse(guide.text)
    anchors: set[str] = set()
    for token, following in pairwise(tokens):
        if token.type == "heading_open":
            _anchor(token, slug(following.content), anchors)
    for row, _, cell in zip(tokens, tokens[1:], tokens[2:], strict=False):
        code = cell.children if row.type == "tr_open" else None
        if code and [child.type for child in code] == ["code_inline"]:
            _anchor(row, code[0].content, anchors)
    for token in tokens:
        token.children = _served(guide, token.children or []) or token.children
    return str(_PARSER.renderer.render(tokens, _PARSER.options, {}))


def slug(title: str) -> str:
    return re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-")


def _anchor(token: Token, name: str, anchors: set[str]) -> None:
    """Give the element an id, unless the page has it already."""
    if name not in anchors:
        token.attrSet("id", name)
        anchors.add(name)


def _served(guide: Guide, children: list[Token]) -> list[Token]:
    """Inline tokens without images, and with links to URLs of this site."""
    children = [child for child in children if child.type != "image"]
    for child in children:
        link = str(child.attrGet("href") or "")
        if link and not re.match("https?:|#", link):
            url = guide.url_of(link)
            child.attrs = {"href": url} if url else {}
    return children
