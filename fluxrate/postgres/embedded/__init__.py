"""A PostgreSQL server that comes with the requirements and needs no set-up.

    with embedded.running(data_dir) as url: ...

`url(data_dir)` is the address this server has, whether or not it runs.
"""

from fluxrate.postgres.embedded.binaries import program
from fluxrate.postgres.embedded.failure import EmbeddedPostgresError
from fluxrate.postgres.embedded.place import Place, url
from fluxrate.postgres.embedded.server import running

__all__ = ["EmbeddedPostgresError", "Place", "program", "running", "url"]
