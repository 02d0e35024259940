"""The WSGI application."""

import os

import django
from django.conf import settings
from django.utils.module_loading import import_string

from fluxrate import telemetry
from fluxrate.api.wsgi_request import StrictWSGIHandler
from fluxrate.postgres.responsiveness import responsiveness

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fluxrate.settings")
django.setup(set_prefix=False)

application = StrictWSGIHandler()
if settings.FAST_PATH:
    # It imports models, so it needs django.setup().
    front_controller = import_string("organizations.auth.front.front_controller")
    application = front_controller(application)
telemetry.start()
responsiveness.watch(settings.DATABASE_URL)
