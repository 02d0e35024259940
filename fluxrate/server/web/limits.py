"""What a client may send, and how long it may take; docs/operations.md lists it."""

# Bytes of the request line's target, and of all headers together; and their number.
LONGEST_TARGET = 65_536
LONGEST_HEAD = 131_072
MOST_HEADERS = 200
# Requests that wait on one connection for the answer to the first (pipelining).
MOST_WAITING = 256
# Bytes of bodies, unfinished or not yet answered, that one process holds in memory.
MOST_HELD = 256_000_000

# Seconds until the headers are whole, from the first byte or the connection on; until
# the body is; until the client has read an answer, or asks again.
HEAD_SECONDS = 30
BODY_SECONDS = 120
IDLE_SECONDS = 75
# Seconds that the rest of a refused body is read and thrown away, so that the client
# reads the answer before the connection ends.
LINGER_SECONDS = 10
# Seconds that a connection without a request stays open after SIGTERM: what was sent
# before the client could know is answered.
STOP_SECONDS = 1
# Files that a process opens beside its connections.
OTHER_FILES = 256
