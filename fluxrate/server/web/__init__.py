"""The HTTP server: an event loop holds the connections, threads run Django.

The loop reads complete requests and sends responses; a thread never waits for a client.
httptools (llhttp, the parser of Node.js) parses HTTP, and uvloop (libuv) is the loop.
docs/decisions/0013 says why no existing server is used.
"""
