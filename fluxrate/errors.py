"""Refusals of the domain, raised by models; the API and the admin show them."""

from typing import ClassVar


class RuleBroken(Exception):
    """A rule forbids the action in the present state: 409.

    A subclass stands at the model whose rule it is, and sets `code` (stable, for
    programs) and `message` (a sentence for people). `more` has further members of the
    response, such as `available_actions`.
    """

    code: str = "conflict"
    message: ClassVar[str] = "The present state forbids this."
    status: ClassVar[int] = 409
    field: ClassVar[str | None] = None
    """The request field that the caller must change, if it is just one."""

    def __init__(self, message: str | None = None, **more: object) -> None:
        super().__init__(message or self.message)
        self.more = more


class InvalidValue(RuleBroken):
    """The value of `field` breaks a rule of the present state: 422."""

    status = 422
