"""A PostgreSQL server from the requirements that needs no set-up.

    with postgres.running(data_dir) as url: ...

`url(data_dir)` is the server's DATABASE_URL, whether or not it runs.
"""

from fluxrate.server.postgres.binaries import program
from fluxrate.server.postgres.errors import EmbeddedPostgresError
from fluxrate.server.postgres.lifecycle import running
from fluxrate.server.postgres.paths import ServerPaths, url

__all__ = ["EmbeddedPostgresError", "ServerPaths", "program", "running", "url"]
