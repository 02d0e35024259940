"""Argon2id with the first parameters that OWASP's password cheat sheet names."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2id(Argon2PasswordHasher):
    """19 MiB, two passes, one lane: about 20 ms a hash on one core."""

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
