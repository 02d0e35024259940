"""The secrets of emailed links."""

from typing import Any, ClassVar

from fluxrate.api.serializers import StrictSerializer, TextField

EXAMPLE_SECRET = "Vd3kQz8rT1mY6bN0cX5wJ2hL9pS4fG7aKeUoRiDqMsE"  # noqa: S105 - no secret


class TokenField(TextField):
    def __init__(self, **options: Any) -> None:
        options.setdefault(
            "help_text", "The fragment of the link in the email, after `#`."
        )
        super().__init__(max_length=100, **options)


class EmailTokenSerializer(StrictSerializer):
    example: ClassVar = {"token": EXAMPLE_SECRET}

    token = TokenField()
