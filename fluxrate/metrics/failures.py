"""Failures of the database: one line of the log and one count each."""

import logging

from fluxrate.postgres.failures import failure

from .recorder import recorder

# A disk that is full stays full until somebody acts.
_ERRORS = {"disk_full"}


def report(error: Exception, logger: logging.Logger, message: str) -> None:
    """Log `message`, which has a place for the error's type, and count the failure."""
    fields = failure(error)
    recorder.count("database_failures", fields["class"])
    level = logging.ERROR if fields["class"] in _ERRORS else logging.WARNING
    name = type(error.__cause__ or error).__name__
    logger.log(level, message, name, extra={"fields": fields})
