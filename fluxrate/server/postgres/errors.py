from pathlib import Path

_HINTS = {
    "No space left on device": "The disk is full: free some space and start again.",
    "Permission denied": "A file or folder belongs to another user: run as that user, "
    "or set DATA_DIR to a folder of your own.",
    "Read-only file system": "Set DATA_DIR to a folder that can be written.",
    "could not create shared memory segment": "The machine has too little memory left.",
    "Cannot allocate memory": "The machine has too little memory left.",
    "incompatible with server": "Another release of PostgreSQL made this data folder.",
}


class EmbeddedPostgresError(Exception):
    """The embedded server cannot be used; the message has the reason and the remedy."""


def error_with_hint(sentence: str, output: str) -> EmbeddedPostgresError:
    """An error with the sentence, a hint, and the last lines of the output."""
    hints = [hint for text, hint in _HINTS.items() if text in output]
    last_lines = [f"  {line}" for line in output.strip().splitlines()[-8:]]
    return EmbeddedPostgresError("\n".join([sentence, *hints[:1], *last_lines]))


def path_error(path: Path, error: OSError) -> EmbeddedPostgresError:
    """An error with the system's reason for refusing a path."""
    reason = error.strerror or str(error)
    return error_with_hint(f"PostgreSQL cannot use {path}: {reason}.", reason)
