"""The caller's own id as part of a URL path."""

from django.core.exceptions import ValidationError

from fluxrate.text import OneLine, normalized


class ExternalIdConverter:
    """An external_id, normalized as it is stored; it may have slashes.

    WSGI decodes the path, so `%2F` and `/` are the same, and a slash at the end belongs
    to the id.
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
