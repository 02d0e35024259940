"""The API's documentation, for people: Swagger UI to try, ReDoc to read.

Both come from drf-spectacular's sidecar with a few lines of our own, so that their
pages load nothing from elsewhere and hold no script of their own.
"""

from django.views.generic import TemplateView


class SwaggerUI(TemplateView):
    http_method_names = ["get", "head", "options"]
    template_name = "documentation/swagger.html"


class ReDoc(TemplateView):
    http_method_names = ["get", "head", "options"]
    template_name = "documentation/redoc.html"
