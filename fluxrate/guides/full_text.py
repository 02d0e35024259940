"""The guides in one text for language models: /llms.txt, /llms-full.txt."""

from functools import cache

from django.urls import reverse

from .guide import Guide, guides

# What a caller of the API needs, in the order of reading.
FOR_CALLERS = (
    *("concepts", "pagination", "retries", "errors", "events", "subscriptions"),
    *("search", "access", "batches", "history", "versioning", "coming-from"),
)
# Below 25,000 tokens of three characters.
MAX_CHARACTERS = 75_000
_HEAD = """\
# Fluxrate

> The system of record for an organization's customers, plans and subscriptions: an HTTP
> API with an API key (`Authorization: Bearer org_live_…`), JSON, and events of every
> change.

"""


@cache
def index() -> str:
    """/llms.txt: each guide with its URL as Markdown."""
    every = guides()
    optional = [every[name] for name in every if "/" not in name]
    callers = [every[name] for name in FOR_CALLERS]
    return "".join(
        [
            _HEAD,
            f"- [OpenAPI]({reverse('schema')}): every operation\n",
            f"- [All of the API's guides]({reverse('llms-full')}) in one file\n",
            "\n## API\n\n",
            *map(_line, callers),
            "\n## Optional\n\n",
            *(_line(guide) for guide in optional if guide not in callers),
        ]
    )


@cache
def full_text() -> str:
    """/llms-full.txt: the first steps, and all guides for callers."""
    every = guides()
    first_steps = every["readme"].markdown.split("\n## Use the API\n")[1]
    first_steps = first_steps.partition("\n## ")[0]
    texts = [every[name].markdown for name in FOR_CALLERS]
    return "\n".join([f"{_HEAD}# First steps\n{first_steps}", *texts])


def _line(guide: Guide) -> str:
    return f"- [{guide.title}]({reverse('guide-markdown', args=[guide.name])})\n"
