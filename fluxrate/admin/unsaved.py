"""An action whose button leaves a form: what was typed there is not dropped unasked."""

from django.http import HttpRequest

from fluxrate.errors import RuleBroken

# The buttons of actions on a form, and of the same without what was typed.
ACTION, DISCARD = "_action", "_discard"


class UnsavedEdits(RuleBroken):
    message = "You have changed this form. Save it first, or go on without saving."


def chosen_action(request: HttpRequest) -> str:
    """The name of the action whose button sent the form; "" if it is to be saved."""
    data = request.POST
    name: str = data.get(DISCARD, "") or data.get(ACTION, "")
    return name
