"""Connections within limits: a request's head is small and comes in time (RFC 9110 section 5.4).

uvicorn's fast parser has no limits of its own: one connection that sends a header without an end
takes all memory, and a thousand that send nothing take every descriptor.
"""

import asyncio
from collections import Counter
from ipaddress import ip_address
from typing import Final, TypeAlias, cast

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from api.limits import address_of

HEAD_BYTES_MAX: Final = 64 * 1024
READ_BYTES: Final = 256 * 1024  # what a loop reads at once: a head that long ends with its read
HEADERS_MAX: Final = 200  # lines; a browser sends twenty
FRAMED_MAX: Final = 8  # bytes around one of a body: "1\r\nx\r\n" is the dearest chunk
HEAD_S: Final = 20.0
BODY_S: Final = 600.0  # six megabytes by a hundred kilobits a second
ANSWER_S: Final = 3_600.0  # a file of labels over the same line
LOOK_S: Final = 5.0
EACH_MAX: Final = 512  # connections of one address; a town behind one reads a page and lets go

JOINED_MAX: Final = 64 * 1024  # bytes of an answer that are copied to be sent at once

_open: Counter[str] = Counter()
Transport: TypeAlias = asyncio.BaseTransport


class Joined:
    """A transport that sends an answer's head together with its body: one packet, one call.

    What is written first waits for what follows it, at most until the loop's next turn.
    """

    __slots__ = ("_head", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._head = b""

    def write(self, data: bytes) -> None:
        """Send it, behind what waits; or let it wait."""
        if self._head:
            self._send(data)
        elif len(data) > JOINED_MAX:
            self._transport.write(data)
        else:
            self._head = data
            self._loop.call_soon(self._send)

    def close(self) -> None:
        """End the connection when all is sent."""
        self._send()
        self._transport.close()

    def abort(self) -> None:
        """End the connection at once."""
        self._head = b""
        self._transport.abort()

    def __getattr__(self, name: str) -> object:
        """Whatever else a transport does."""
        return getattr(self._transport, name)

    def _send(self, data: bytes = b"") -> None:
        head, self._head = self._head, b""
        if self._transport.is_closing():
            return  # whoever asked has gone meanwhile
        if len(data) > JOINED_MAX:
            self._transport.write(head)
            self._transport.write(data)
        elif head or data:
            self._transport.write(head + data)


class BoundedHttp(HttpToolsProtocol):
    """A connection whose client may not send or wait without an end."""

    _fed = 0  # bytes of the message that is being read, and how many of them were its body's
    _body = 0
    _deadline_s = 0.0
    _waiting = True  # for a request's first byte; lines without any do not put the end off
    _look: asyncio.TimerHandle | None = None
    _address = ""

    def connection_made(self, transport: Transport) -> None:
        """Count the connection; one too many of an address ends at once."""
        super().connection_made(cast("asyncio.Transport", transport))
        self.transport = cast("asyncio.Transport", Joined(self.transport, self.loop))
        self._address = address_of(self.client)
        # A proxy's connections are not one visitor's.
        if not (_is_here(self._address) or self._is_proxys()):
            _open[self._address] += 1
            if _open[self._address] > EACH_MAX:
                self.transport.abort()
                return
        self._end_in(HEAD_S)
        self._look_again()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        if self._look is not None:
            self._look.cancel()
        if _open[self._address] > 1:
            _open[self._address] -= 1
        else:
            del _open[self._address]
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; what is neither a body nor within a head's measure ends the connection."""
        if not self._waiting and self.cycle.response_complete:
            self._waiting = True
            self._end_in(HEAD_S)
        super().data_received(data)
        self._fed += len(data)
        if self._fed - self._body > HEAD_BYTES_MAX + READ_BYTES + FRAMED_MAX * self._body:
            self.transport.abort()

    def on_message_begin(self) -> None:
        """A request's first byte."""
        self._fed = self._body = 0
        self._end_in(HEAD_S)
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A line of the head, or behind a body. What is raised is answered with 400."""
        if len(self.headers) >= HEADERS_MAX or len(value) > HEAD_BYTES_MAX:
            raise ValueError("a head without measure")
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._end_in(BODY_S)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """A part of the body; how much of it is read is the route's to say."""
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The request is whole; now its answer is waited for, and read."""
        self._waiting = False
        self._end_in(ANSWER_S)
        super().on_message_complete()

    def _is_proxys(self) -> bool:
        """Whether it is of a machine whose X-Forwarded-For is believed."""
        believes = isinstance(self.app, ProxyHeadersMiddleware)
        return believes and self.client is not None and self.client[0] in self.app.trusted_hosts

    def _end_in(self, seconds: float) -> None:
        self._deadline_s = self.loop.time() + seconds

    def _look_again(self) -> None:
        """One timer for a connection: each request only moves the time at which it ends."""
        if self.loop.time() > self._deadline_s:
            self.transport.abort()
        else:
            self._look = self.loop.call_later(LOOK_S, self._look_again)


def _is_here(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return True  # a socket of this machine has no address
