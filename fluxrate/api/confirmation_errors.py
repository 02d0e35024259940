"""Why a confirmation is refused."""

from fluxrate.errors import RuleBroken


class InvalidConfirmation(RuleBroken):
    status = 422
    code = "invalid_confirmation"
    field = "confirm"
    message = (
        "This is not a token that a preview of this action on this object gave to "
        "this caller."
    )


class ConfirmationExpired(RuleBroken):
    status = 422
    code = "confirmation_expired"
    field = "confirm"
    message = "A token is valid for 10 minutes. Ask for a new preview."


class ConfirmationRequired(RuleBroken):
    code = "confirmation_required"
    message = "Repeat the request with `confirm`, the token of this preview."


class PreviewStale(RuleBroken):
    code = "preview_stale"
    message = (
        "Something that the preview counted has changed. Compare the new preview, and "
        "repeat the request with its token."
    )
