"""Mutants that no test can kill, each with its reason: equivalent.txt.

customers/billing_periods.py
- the line as it is
+ the line as it would be
Why nothing would change.
"""

from pathlib import Path

FILE = Path(__file__).with_name("equivalent.txt")


def read() -> dict[tuple[str, str, str], str]:
    """Path, old and new line, and the reason; blocks stand between empty lines."""
    named = {}
    for block in FILE.read_text().strip().split("\n\n"):
        lines = [line for line in block.splitlines() if not line.startswith("#")]
        if lines:
            path, old, new, *reason = lines
            named[path, old[2:], new[2:]] = " ".join(reason)
    return named
