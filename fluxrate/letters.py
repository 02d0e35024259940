"""The pages that mailed links lead to: join, a new password, an address confirmed.

The link's secret stands behind the #, which browsers keep to themselves. A script of
ours takes it from there to the API; these pages know nothing and change nothing.
"""

from typing import Any

from django.views.generic import TemplateView


class Letter(TemplateView):
    """No log, cache or other page learns where its reader came from."""

    http_method_names = ["get", "head", "options"]
    # Only the script may send the form: without it a password would be in the address.
    content_security_policy = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )

    def render_to_response(self, context: Any, **options: Any) -> Any:
        headers = {
            "Content-Security-Policy": self.content_security_policy,
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }
        return super().render_to_response(context, headers=headers, **options)


class Join(Letter):
    template_name = "letters/join.html"


class ResetPassword(Letter):
    template_name = "letters/reset_password.html"


class ConfirmEmail(Letter):
    template_name = "letters/confirm_email.html"
