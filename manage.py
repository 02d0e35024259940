#!/usr/bin/env python
"""Django's commands, with the embedded PostgreSQL running where they need one."""

import os
import signal
import sys

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fluxrate.settings")

if __name__ == "__main__":
    # Ctrl-C ends the imports without a traceback; `main` handles it afterwards.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from fluxrate.server.manage import main

    signal.signal(signal.SIGINT, signal.default_int_handler)
    sys.exit(main(sys.argv))
