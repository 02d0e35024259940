"""`manage.py work`: lanes that do what waits in the database.

PostgreSQL is the queue: a lane claims rows with SKIP LOCKED, so that several workers
share the work, and what a killed worker had claimed is claimed again. Apps add their
lanes to LANES.
"""

from .lane import LANES, Lane

__all__ = ["LANES", "Lane"]
