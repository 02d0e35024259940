"""Names of keys that may be shown."""

import hashlib


def key_id(key: str) -> str:
    """The `kid` of a key: the first 8 hex digits of a SHA-256."""
    return hashlib.sha256(f"kid:{key}".encode()).hexdigest()[:8]
