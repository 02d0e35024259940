from django.contrib.auth.forms import ReadOnlyPasswordHashWidget
from django.contrib.auth.hashers import is_password_usable


class PasswordWidget(ReadOnlyPasswordHashWidget):
    """Whether there is a password. The parameters of its hash help nobody."""

    def get_context(
        self, name: str, value: str | None, attrs: dict[str, object] | None
    ) -> dict[str, object]:
        context: dict[str, object] = super().get_context(name, value, attrs)
        if value and is_password_usable(value):
            context["summary"] = [{"label": "Set"}]
        return context
