from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar, TypeVar, cast

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.contrib.auth.views import redirect_to_login
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from fluxrate.context import context

from .delete_selected import DELETE_SELECTED
from .limits import limited, within_limit
from .login_again import with_login
from .password_again import with_password
from .requests import change_reason, staff_actor
from .sessions import FACTOR, Factor, is_complete, seconds_left, use
from .urls import AdminURLs

CATALOG_SECONDS = 600
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class AutocompleteView(AutocompleteJsonView):
    """Labels that tell two records of the same name apart."""

    model_admin: AdminURLs

    def serialize_result(self, obj: Model, to_field_name: str) -> dict[str, str]:
        label = self.model_admin.label(obj)
        return {"id": str(getattr(obj, to_field_name)), "text": label}


class Site(admin.AdminSite):
    site_title = site_header = "Fluxrate"
    index_title = _("Overview")
    site_url = "/docs"
    empty_value_display = "—"

    # Functions that add to the context of the first page.
    index_parts: ClassVar[list[Callable[[HttpRequest], dict[str, object]]]] = []

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.add_action(DELETE_SELECTED)  # type: ignore[arg-type]

    def index(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> TemplateResponse:
        context = extra_context or {}
        for part in self.index_parts:
            context |= part(request)
        return super().index(request, context)

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """In the order of `AppConfig.admin_position`; an app without one comes last."""
        app_list = super().get_app_list(request, app_label)
        return sorted(app_list, key=lambda app: _position(app["app_label"]))

    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and is_complete(request)

    def login(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """A login that lacks the second factor goes on to its page."""
        use(request)
        if super().has_permission(request) and not is_complete(request):
            is_pending = request.session.get(FACTOR) == Factor.PENDING
            page = reverse("admin-code" if is_pending else "admin-account")
            return HttpResponseRedirect(f"{page}?{request.GET.urlencode()}")
        return super().login(request, extra_context)

    def each_context(self, request: HttpRequest) -> dict[str, object]:
        seconds = seconds_left(request) if request.user.is_authenticated else None
        return super().each_context(request) | {"session_seconds": seconds}

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Without `view_on_site`, since no record has a page outside the admin."""
        urls = super().get_urls()
        return [url for url in urls if getattr(url, "name", "") != "view_on_site"]

    def admin_view(self, view: View, cacheable: bool = False) -> View:
        """Attribute every event of the view to the user, with the form's reason; limit
        every query to the user's organizations; ask for the password where needed.
        """
        inner = with_login(self, super().admin_view(view, cacheable))
        return self._attributed(cast("View", inner))

    def account_view(self, view: View) -> View:
        """A page of one's own account, also while the login is incomplete."""

        @never_cache
        @wraps(view)
        def for_staff(
            request: HttpRequest, *args: object, **kwargs: object
        ) -> HttpResponseBase:
            if not super(Site, self).has_permission(request):
                login_url = reverse("admin:login")
                return redirect_to_login(request.get_full_path(), login_url)
            return view(request, *args, **kwargs)

        return self._attributed(cast("View", for_staff))

    def _attributed(self, inner: View) -> View:
        @wraps(inner)
        def attributed(
            request: HttpRequest, *args: object, **kwargs: object
        ) -> HttpResponseBase:
            use(request)

            def view_within_limit() -> HttpResponseBase:
                with limited(request):
                    return within_limit(inner(request, *args, **kwargs))

            actor, reason = staff_actor(request), change_reason(request)
            with context(actor=actor, reason=reason):
                return with_password(request, view_within_limit, self.each_context)

        return cast("View", attributed)

    def i18n_javascript(
        self, request: HttpRequest, extra_context: dict[str, object] | None = None
    ) -> HttpResponse:
        """The browser stores it for a while; a change of the language changes it."""
        response = super().i18n_javascript(request, extra_context)
        patch_cache_control(response, private=True, max_age=CATALOG_SECONDS)
        return response

    def autocomplete_view(self, request: HttpRequest) -> HttpResponse:
        return cast("HttpResponse", AutocompleteView.as_view(admin_site=self)(request))


def _position(app_label: str) -> int:
    last = len(apps.app_configs)
    position: int = getattr(apps.get_app_config(app_label), "admin_position", last)
    return position
