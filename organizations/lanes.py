"""The lanes of emails, of rows that expire, and of actions of staff on many rows."""

from fluxrate.worker import LANES, Lane

MAIL = Lane("mail", "organizations.auth.mail_queue.send_due", every=1)
BULK = Lane("bulk", "organizations.admin.bulk_work.run_waiting", every=1)
PRUNE = Lane("prune", "organizations.pruning.prune", every=3_600)


def register() -> None:
    LANES.extend([MAIL, BULK, PRUNE])
