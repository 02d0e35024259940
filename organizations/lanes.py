"""The worker's lanes of emails and of rows that expire."""

from fluxrate.worker import LANES, Lane

MAIL = Lane("mail", "organizations.auth.mail_queue.send_due", every=1)
PRUNE = Lane("prune", "organizations.pruning.prune", every=3_600)


def register() -> None:
    LANES.extend([MAIL, PRUNE])
