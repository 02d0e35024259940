"""A form that was not saved since its page was outdated: the page shows it again."""

from django.http import HttpRequest, QueryDict

from fluxrate.errors import RuleBroken

# In the session: the address of the page, and the form as it was typed.
TYPED_FORM = "typed_form"
_NOT_STORED = ("csrfmiddlewaretoken", "password", "_password")


class NotSavedYet(RuleBroken):
    message = (
        "Nothing is saved yet, since you had to log in again. Everything that you "
        "typed is here: check it, and save it."
    )


def store_typed(request: HttpRequest, data: QueryDict) -> None:
    """Store the form without its passwords, for the next request of its page."""
    form = data.copy()
    for name in [name for name in form if name.startswith(_NOT_STORED)]:
        del form[name]
    request.session[TYPED_FORM] = [request.get_full_path(), form.urlencode()]


def pop_typed(request: HttpRequest) -> QueryDict | None:
    """The form that was typed on this page; once."""
    path, text = request.session.get(TYPED_FORM, ("", ""))
    if path != request.get_full_path():
        return None
    del request.session[TYPED_FORM]
    return QueryDict(text)
