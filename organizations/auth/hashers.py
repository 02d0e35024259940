"""Argon2id with the first parameters that OWASP's password cheat sheet names."""

from django.contrib.auth.hashers import Argon2PasswordHasher

from fluxrate.text import opaque

from . import hash_limits


class Argon2id(Argon2PasswordHasher):
    """19 MiB, two passes, one lane: about 20 ms a hash on one core.

    At most two are computed at once on a machine, and less urgently than the rest. A
    password is the same in every form of Unicode that a keyboard may send it in.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1

    def encode(self, password: str, salt: str) -> str:
        return str(hash_limits.compute(super().encode, opaque(password), salt))

    def verify(self, password: str, encoded: str) -> bool:
        return bool(hash_limits.compute(super().verify, opaque(password), encoded))
