"""The pages beside the admin: the front page, the API's documentation, and the pages
that links in emails open.

Swagger UI and ReDoc come from drf-spectacular's sidecar with a few lines of our own, so
that their pages load nothing from other sites and hold no inline script.
"""

from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpResponse
from django.views.generic import RedirectView, TemplateView


class Page(TemplateView):
    """A page with response headers of its own."""

    http_method_names = ["get", "head", "options"]
    headers: dict[str, str] = {}

    def render_to_response(
        self, context: dict[str, object], **options: object
    ) -> HttpResponse:
        return super().render_to_response(context, headers=self.headers, **options)


class HomePage(Page):
    """Links to the documentation and the admin; loads only its own files."""

    template_name = "home.html"
    headers = {
        "Content-Security-Policy": "default-src 'none'; style-src 'self'; "
        "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    }


class Favicon(RedirectView):
    def get_redirect_url(self, *args: object, **kwargs: object) -> str:
        return str(staticfiles_storage.url("fluxrate/favicon.svg"))


class SwaggerUI(Page):
    template_name = "documentation/swagger.html"


class ReDoc(Page):
    template_name = "documentation/redoc.html"


class AccountPage(Page):
    """A page that a link in an email opens.

    The link's secret is the URL's fragment, which browsers do not send. Our script
    passes it to the API. The policy allows no form submission: without the script, a
    submitted form would put a password into the URL.
    """

    headers = {
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; "
        "style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }


class AcceptInvitationPage(AccountPage):
    template_name = "account/accept_invitation.html"


class ResetPasswordPage(AccountPage):
    template_name = "account/reset_password.html"


class ConfirmEmailPage(AccountPage):
    template_name = "account/confirm_email.html"
