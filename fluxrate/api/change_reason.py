"""Why the caller changes something, in their own words: `X-Change-Reason`."""

from typing import Any
from urllib.parse import unquote_to_bytes

from django.core.exceptions import ValidationError
from rest_framework.exceptions import APIException

from fluxrate.text import REASON_MAX_LENGTH, reason_text


class BadReason(APIException):
    status_code = 400
    default_code = "invalid_reason"
    default_detail = (
        "X-Change-Reason is one line of UTF-8, percent-encoded or not, of at most "
        f"{REASON_MAX_LENGTH} characters."
    )


def change_reason(request: Any) -> str:
    """The header's text, trimmed and in NFC; "" where there is none.

    HTTP promises ASCII only, so percent-encoded UTF-8 is understood beside plain UTF-8
    (which WSGI hands over as Latin-1, PEP 3333).
    """
    given = request.META.get("HTTP_X_CHANGE_REASON", "")
    if not given:
        return ""
    try:
        return reason_text(unquote_to_bytes(given.encode("latin-1")).decode())
    except (UnicodeError, ValidationError):
        raise BadReason from None
