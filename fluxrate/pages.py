"""The front page, the API's documentation, and the pages that emails link to.

Swagger UI and ReDoc are drf-spectacular's sidecar, loaded without inline scripts.
"""

from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpResponse
from django.views.generic import RedirectView, TemplateView


class Page(TemplateView):
    http_method_names = ["get", "head", "options"]
    headers: dict[str, str] = {}

    def render_to_response(
        self, context: dict[str, object], **options: object
    ) -> HttpResponse:
        return super().render_to_response(context, headers=self.headers, **options)


class HomePage(Page):
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
    """The link's secret is the URL's fragment, which only our script reads. Without the
    script, submitting the form would put a password into the URL: it is not allowed.
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
