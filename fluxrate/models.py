from fluxrate.postgres.answers import KeptAnswer
from fluxrate.postgres.buckets import Bucket

__all__ = ["Bucket", "KeptAnswer"]
