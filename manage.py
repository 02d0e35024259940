#!/usr/bin/env python
"""Django's commands, with the embedded PostgreSQL running where they need one."""

import os
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fluxrate.settings")

if __name__ == "__main__":
    from fluxrate.server.manage import main

    sys.exit(main(sys.argv))
