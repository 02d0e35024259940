import errno
import os
import socket
from dataclasses import dataclass

from django.core.management import CommandError

from fluxrate.config.environment import local_url


@dataclass(frozen=True)
class Address:
    """The address that the web server listens on; `host` is numeric."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """The URL for a browser on this machine."""
        return local_url(self.host, self.port)


def free_address(host: str, port: int) -> Address:
    """The address with a numeric host; CommandError if it is taken or impossible."""
    family, numeric = _resolved(host)
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((numeric, port))
            # Two sockets may be bound at once as long as neither listens.
            probe.listen(1)
        except OSError as error:
            raise CommandError(_reason(error, host, port)) from error
    return Address(numeric, port)


def _resolved(host: str) -> tuple[socket.AddressFamily, str]:
    try:
        addresses = socket.getaddrinfo(
            host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except (OSError, UnicodeError) as error:
        raise CommandError(f"HOST={host} is not an address.") from error
    # "localhost" may be ::1 first, which fewer clients try.
    addresses.sort(key=lambda address: address[0] != socket.AF_INET)
    return addresses[0][0], str(addresses[0][4][0])


def _reason(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is taken by another program, perhaps another "
            f"Fluxrate: stop it, or choose another port with PORT={_another(port)}."
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return f"HOST={host} is not an address of this machine."
    if error.errno == errno.EACCES:
        return f"PORT={port} needs more rights than you have: choose one above 1023."
    return f"Cannot listen on {host}:{port}: {os.strerror(error.errno or 0)}."


def _another(port: int) -> int:
    return port + 1 if port < 65535 else 8000
