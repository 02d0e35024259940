"""The caller's own id as part of an address."""

from django.core.exceptions import ValidationError

from fluxrate.text import OneLine, normalized


class ExternalIdConverter:
    """An external_id, as it is kept: trimmed, in NFC; slashes and all.

    WSGI hands over the path decoded, so `%2F` and `/` are the same here, and a slash
    at the end belongs to the id.
    """

    regex = ".+"

    def to_python(self, value: str) -> str:
        try:
            OneLine()(value)
        except ValidationError as error:
            raise ValueError from error
        return normalized(value)

    def to_url(self, value: str) -> str:
        return value
