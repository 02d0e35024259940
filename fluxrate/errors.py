"""A "no" that the domain gives: raised by models, answered by the API and the admin."""

from typing import Any, ClassVar


class RuleBroken(Exception):
    """A rule forbids the action in the present state.

    Subclasses hang on the noun whose rule it is and set `code` (stable, machine
    readable) and `message` (a sentence for people). `more` is answered beside them,
    for example `available_actions`.
    """

    code: str = "conflict"
    message: ClassVar[str] = "The present state forbids this."
    status: ClassVar[int] = 409
    field: ClassVar[str | None] = None
    """The field of the request that mends it, where it is just one."""

    def __init__(self, message: str | None = None, **more: Any) -> None:
        super().__init__(message or self.message)
        self.more = more


class InvalidValue(RuleBroken):
    """A value that the rules of the present state refuse: answered as a bad value of
    its `field`, with its own `code`.
    """

    status = 422
