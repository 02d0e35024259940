"""The WSGI application."""

import os

import django
from django.conf import settings

from fluxrate.api.wsgi_request import StrictWSGIHandler
from fluxrate.postgres.responsiveness import responsiveness

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fluxrate.settings")
django.setup(set_prefix=False)

application = StrictWSGIHandler()
responsiveness.watch(settings.DATABASE_URL)
