"""Where this computer can be reached on its networks."""

from __future__ import annotations

import socket
from contextlib import suppress

_FAR = ("192.0.2.1", "10.255.255.254", "172.31.255.254", "192.168.255.254")
"""Addresses towards which we ask the system which of its own it would use. Nothing is sent."""


def own_addresses(port: int) -> tuple[str, ...]:
    """Where this computer can be reached, likeliest first."""
    found: dict[str, None] = {}
    for far in _FAR:
        with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.connect((far, 9))
            found[probe.getsockname()[0]] = None
    with suppress(OSError):
        for *_kind, address in socket.getaddrinfo(socket.gethostname(), port, socket.AF_INET, socket.SOCK_STREAM):
            found[str(address[0])] = None
    real = [address for address in found if not address.startswith(("127.", "0."))]
    return tuple(f"{address}:{port}" for address in real[:6] or ["127.0.0.1"])
