"""The HTTP server: an event loop that holds connections, and threads that run Django.

The loop reads a request until it is whole, a thread takes it and gives the answer back,
and the loop sends that: no thread waits for a client. httptools (llhttp, the parser of
Node.js) reads HTTP, uvloop (libuv) is the loop. docs/decisions/0013 says why none of
the servers that exist is used whole.
"""
