"""Argon2id with the first parameters that OWASP's password cheat sheet names."""

from django.contrib.auth.hashers import Argon2PasswordHasher

from .slots import hash_slot


class Argon2id(Argon2PasswordHasher):
    """19 MiB, two passes, one lane: about 20 ms a hash on one core.

    At most two are computed at once, so that logins leave the machine to others.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        with hash_slot():
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with hash_slot():
            return super().verify(password, encoded)
