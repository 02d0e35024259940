"""The path converter `id`: a UUID in either case (RFC 9562, section 4)."""

import uuid

from django.urls import register_converter


class IdConverter:
    regex = "[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"

    def to_python(self, value: str) -> uuid.UUID:
        return uuid.UUID(value)

    def to_url(self, value: object) -> str:
        return str(value)


register_converter(IdConverter, "id")
