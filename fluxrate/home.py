"""The front page, and the icon that browsers ask for everywhere."""

from typing import Any

from django.contrib.staticfiles.storage import staticfiles_storage
from django.views.generic import RedirectView, TemplateView


class Home(TemplateView):
    """Leads to the documents and to the admin; loads nothing but its own files."""

    http_method_names = ["get", "head", "options"]
    template_name = "home.html"
    content_security_policy = (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )

    def render_to_response(self, context: Any, **options: Any) -> Any:
        headers = {"Content-Security-Policy": self.content_security_policy}
        return super().render_to_response(context, headers=headers, **options)


class Favicon(RedirectView):
    def get_redirect_url(self, *args: Any, **kwargs: Any) -> str:
        return str(staticfiles_storage.url("fluxrate/favicon.svg"))
