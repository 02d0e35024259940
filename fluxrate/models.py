from fluxrate.postgres.buckets import Bucket

__all__ = ["Bucket"]
