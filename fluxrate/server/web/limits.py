"""Limits of sizes and times of requests, as docs/operations.md lists them."""

# Bytes of the request line's target, and of all headers together; and their number.
MAX_TARGET_BYTES = 65_536
MAX_HEAD_BYTES = 131_072
MAX_HEADERS = 200
# Requests that wait on one connection behind the first (pipelining).
MAX_PIPELINED = 256
# Bytes of the bodies of all unanswered requests of a process.
MAX_BODY_BYTES_PER_PROCESS = 256_000_000

# Seconds for all headers, from the connection or the first byte on; for the body; for
# the client to read a response or to send the next request.
HEAD_SECONDS = 30
BODY_SECONDS = 120
IDLE_SECONDS = 75
# Seconds for which the rest of a refused body is read and discarded, so that the client
# reads the response before the connection closes.
LINGER_SECONDS = 10
# Seconds that an idle connection stays open after SIGTERM, for requests that the client
# sent before it could know.
STOP_SECONDS = 1
# Files that a process opens in addition to connections.
OTHER_FILES = 256
