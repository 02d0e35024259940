"""The documents agree with one another: links, indexes, and the form of a decision."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    page.relative_to(ROOT)
    for folder in (ROOT, DOCS, DOCS / "decisions", ROOT / "benchmarks")
    for page in folder.glob("*.md")
)
CODE = "fluxrate|organizations|customers|benchmarks|deploy|docs|\\.github"
DECISIONS = sorted((DOCS / "decisions").glob("0*.md"))
FORM = re.compile(
    r"# (?P<number>\d{4})\. (?P<title>[A-Z][^\n]+)\n\n"
    r"Date: (?P<date>\d{4}-\d\d-\d\d) · "
    r"Status: (?P<status>accepted|superseded by (?P<successor>\d{4}))\n\n"
    r"## Context\n\n.+\n\n## Decision\n\n.+\n\n## Consequences\n\n.+\n\Z",
    re.DOTALL,
)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_to_a_file_and_a_heading(page):
    text = (ROOT / page).read_text()
    for target, heading in re.findall(r"\]\((?!http)([^)#]*)#?([^)]*)\)", text):
        path = (ROOT / page).parent / target if target else ROOT / page
        assert path.exists(), target
        assert not heading or heading in headings(path), f"{target}#{heading}"


def headings(path: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a page."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_path_of_the_code_exists(page):
    text = (ROOT / page).read_text()
    for path in re.findall(rf"`((?:{CODE})/[^`*<…{{ ]+)`", text):
        assert (ROOT / path).exists(), path


@pytest.mark.parametrize(
    ("page", "section"),
    [
        ("CONTRIBUTING.md", "## Add a noun"),
        ("docs/access.md", "## Where it is decided"),
    ],
)
def test_a_guide_to_the_code_names_what_it_defines(page, section):
    guide = (ROOT / page).read_text().split(section)[1].replace("Contact", "Customer")
    pattern = r"`([A-Z][a-z]\w+|[A-Z]+_[A-Z]+|[a-z]+(?:_[a-z]+)+)(?:\(\)|\.\w+)?`"
    code = "".join(path.read_text() for path in ROOT.glob("[cfo]*/**/*.py"))
    names = set(re.findall(pattern, guide))
    assert {name for name in names if not re.search(rf"\b{name}\b", code)} == set()


def test_a_table_in_a_statement_of_the_guides_exists():
    schema = (ROOT / "schema.sql").read_text()
    for page in DOCS.glob("*.md"):
        for table in re.findall(r"(?:ON|UPDATE) (\w+_\w+)\b", page.read_text()):
            assert f"CREATE TABLE {table} (" in schema, table


def test_the_index_leads_to_every_document():
    index = (DOCS / "README.md").read_text()
    for path in DOCS.glob("*.md"):
        assert path.name == "README.md" or f"({path.name})" in index, path.name


def parts(path: Path) -> dict[str, str]:
    match = FORM.fullmatch(path.read_text())
    assert match, f"{path.name} has another form than docs/decisions/README.md"
    return match.groupdict()


def slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower().replace("'", "")).strip("-")


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem[:4])
def test_a_decision_has_the_form_and_is_named_for_its_title(path):
    written = parts(path)
    assert path.name == f"{written['number']}-{slug(written['title'])}.md"
    if written["successor"]:
        (successor,) = path.parent.glob(f"{written['successor']}-*.md")
        assert f"Supersedes {written['number']}." in successor.read_text()


def test_the_index_lists_every_decision_with_date_and_status():
    index = (DOCS / "decisions" / "README.md").read_text()
    rows = [
        "| [{number}]({name}) | {title} | {date} | {status} |".format(
            name=path.name, **parts(path)
        )
        for path in DECISIONS
    ]
    assert re.findall(r"^\| \[.*\|$", index, re.MULTILINE) == rows
