"""A connection that does not wait for ever: a client that sends its request too slowly is let go."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

REQUEST_SECONDS = 20.0
"""How long the sending of one request may take, its body included."""


class Connection(H11Protocol):
    """HTTP as uvicorn speaks it, with an end to waiting for a request."""

    _end: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came; the time of a request runs until all of it is there."""
        self._wait()
        super().data_received(data)
        if self.cycle is not None and not self.cycle.more_body:
            self._stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the time."""
        self._stop()
        super().connection_lost(exc)

    def _wait(self) -> None:
        """Let the time run, if it does not already."""
        if self._end is None:
            self._end = self.loop.call_later(REQUEST_SECONDS, self._too_slow)

    def _stop(self) -> None:
        if self._end is not None:
            self._end.cancel()
            self._end = None

    def _too_slow(self) -> None:
        """Close the connection."""
        if self.transport is not None and not self.transport.is_closing():
            self.transport.close()
