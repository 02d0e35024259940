"""A PostgreSQL server that comes with the requirements and needs no set-up.

    with embedded.running(data_dir) as url: ...

`url(data_dir)` is the address this server has, whether or not it runs.
"""

from fluxrate.server.postgres.binaries import program
from fluxrate.server.postgres.errors import EmbeddedPostgresError
from fluxrate.server.postgres.lifecycle import running
from fluxrate.server.postgres.paths import Place, url

__all__ = ["EmbeddedPostgresError", "Place", "program", "running", "url"]
