"""The door: what the server calls."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from fluxrate.postgres.responsiveness import responsiveness

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fluxrate.settings")

application = get_wsgi_application()
responsiveness.watch(settings.DATABASE_URL)
