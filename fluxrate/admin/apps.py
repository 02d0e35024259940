from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    """Django's admin, with Fluxrate's site."""

    default_site = "fluxrate.admin.site.Site"
