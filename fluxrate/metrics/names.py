"""Names and meanings of the metrics of processes."""

from fluxrate.postgres.failures import CLASSES

PREFIX = "fluxrate_"
# Name → label, meaning, and the label's values that begin with 0: a rate over a counter
# that appears with 1 is 0.
COUNTERS = {
    "database_failures": ("class", "Failed statements and connections.", CLASSES),
    "statements": ("way", "Statements.", ["django", "plan"]),
    "unavailable": (
        "code",
        "Responses with status 503.",
        ["busy", "database_unavailable", "storage_full", "timeout"],
    ),
}
GAUGES = {
    "processes": "Web server processes.",
    "connections": "Connections of clients.",
    "threads": "Threads for requests.",
    "threads_busy": "Threads with a request.",
    "threads_limit": "The most threads, while some wait.",
    "requests_waiting": "Requests that wait for a thread.",
    "loop_connections": "Connections to the database in event loops.",
    "loop_connections_busy": "Connections of event loops that execute a statement.",
    "loop_connections_limit": "The most connections of event loops.",
    "loop_statements_waiting": "Statements that wait for such a connection.",
}
