"""Requests over the network: polite, bounded in size and time, with secrets for the source alone.

Every fault ends as :class:`Failed`, which says what to do. Nothing here knows what an answer means.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urljoin, urlsplit

from forestall.core.errors import Unavailable
from forestall.core.extras import need
from forestall.fetching.asking import Request
from forestall.fetching.registry import Source

if TYPE_CHECKING:
    import httpx2

LOOPBACK = ("127.0.0.1", "localhost", "::1")
PASSING = (429, 500, 502, 503, 504)
"""Answers after which another try may help."""
REDIRECTS = (301, 302, 303, 307, 308)
MOST_REDIRECTS = 5
KEPT_ERROR_BYTES = 20_000
PIECE = 1 << 20


class Failed(Unavailable):
    """A request that did not end in an answer.

    Parameters
    ----------
    code : str
        Code of the finding.
    message, next_step : str
        What happened, and what to do.
    """

    def __init__(self, code: str, message: str, next_step: str = "") -> None:
        self.code, self.message, self.next_step = code, message, next_step
        super().__init__(message + (f"; {next_step}" if next_step else ""))


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one waits, in seconds, and how often one tries.

    Parameters
    ----------
    connect, read : float
        For a connection, and for the next piece of an answer.
    whole : float
        For a whole answer: a source that drips does not hold up the rest.
    tries : int
        For one request, in all.
    most_wait : float
        A source that asks for more than that is left for another day.
    """

    connect: float = 15.0
    read: float = 60.0
    whole: float = 900.0
    tries: int = 4
    most_wait: float = 120.0


@dataclass(frozen=True, slots=True)
class Got:
    """An answer: its code, its body, and what it says of its version."""

    status: int
    data: bytes
    etag: str | None
    last_modified: str | None

    @property
    def unchanged(self) -> bool:
        """Whether the source says that what is there is the newest."""
        return self.status == 304


class Client:
    """Asks one source.

    Parameters
    ----------
    source : Source
        Its limits.
    base : str or None
        Another address that plays it: a mirror, or a server of tests.
    patience : Patience
        How long one waits.
    sleep : callable
        Waits for seconds.
    """

    def __init__(
        self,
        source: Source,
        base: str | None = None,
        patience: Patience | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        need("httpx2", "sources asked over the network")
        import httpx2

        self.source, self.patience, self.sleep = source, patience or Patience(), sleep
        self.base = (base or source.base).rstrip("/")
        self.moved = base is not None
        self.near = urlsplit(self.base).hostname in LOOPBACK
        self.last = 0.0
        limits = httpx2.Timeout(self.patience.read, connect=self.patience.connect)
        self.inner = httpx2.Client(
            timeout=limits,
            follow_redirects=False,
            trust_env=not self.near,
            headers={"User-Agent": "forestall (humanitarian early warning; open source)"},
        )

    def __enter__(self) -> Self:
        """Return the client itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self.inner.close()

    def get(self, request: Request, version: tuple[str | None, str | None] = (None, None)) -> Got:
        """Return the answer to a request, trying again where that may help.

        Parameters
        ----------
        request
            What is asked.
        version
            Tag and date of change of the answer that is there, so that the same is not sent again.

        Raises
        ------
        Failed
            Where there is no answer.
        """
        for attempt in range(1, self.patience.tries + 1):
            self._wait_in_turn()
            wait = 2.0 ** (attempt - 1)
            try:
                got, asked_wait = self._once(request, version)
            except _Passing as error:
                fault = Failed("E601", f"{self.source.name} cannot be reached: {error}", _LATER)
            else:
                if got.status not in PASSING:
                    return got
                wait = asked_wait if asked_wait is not None else wait
                fault = self._passing(got, wait)
                if wait > self.patience.most_wait:
                    raise fault
            if attempt < self.patience.tries:
                self.sleep(0.01 * wait if self.near and asked_nothing(fault) else wait)
        raise fault

    def _passing(self, got: Got, wait: float) -> Failed:
        if got.status == 429:
            message = f"{self.source.name} says its limit is used up (429)"
            return Failed("E603", message, f"it may be asked again in {wait:.0f} seconds or later")
        return Failed("E601", f"{self.source.name} is out of order ({got.status})", _LATER)

    def _wait_in_turn(self) -> None:
        """Leave the gap between two requests that the source wants; a server on this machine wants none."""
        rest = 0.0 if self.near else self.last + self.source.gap_seconds - time.monotonic()
        if rest > 0:
            self.sleep(rest)
        self.last = time.monotonic()

    def _once(self, request: Request, version: tuple[str | None, str | None]) -> tuple[Got, float | None]:
        """Make one request with its redirects; return the answer and the wait it asks for."""
        url = self._url(request)
        for _ in range(MOST_REDIRECTS + 1):
            with self._opened(request, url, version) as response:
                if response.status_code not in REDIRECTS or "location" not in response.headers:
                    return self._read(response, request, url), _retry_after(response.headers)
                url = self._next(url, response.headers["location"])
        raise Failed("E601", f"{self.source.name} sends one from address to address without end", _BROWSER)

    def _url(self, request: Request) -> str:
        """Return the address to ask; one that a source gave itself is moved to the mirror too."""
        if "://" not in request.path:
            return self.base + request.path
        if not self.moved:
            return request.path
        parts = urlsplit(request.path)
        return self.base + parts.path + (f"?{parts.query}" if parts.query else "")

    def _next(self, url: str, location: str) -> str:
        """Return where a redirect leads; from a safe address never to an open one, nor to this machine."""
        there = urljoin(url, location)
        old, new = urlsplit(url), urlsplit(there)
        downgraded = old.scheme == "https" and new.scheme != "https"
        inward = new.hostname in LOOPBACK and not self.near
        if new.scheme not in ("http", "https") or downgraded or inward:
            raise Failed("E601", f"{self.source.name} sends one to an address that is not followed", _BROWSER)
        return there

    @contextmanager
    def _opened(
        self, request: Request, url: str, version: tuple[str | None, str | None], start: int = 0
    ) -> Iterator[httpx2.Response]:
        """Send a request; secrets go to the host of the source alone."""
        import httpx2

        own = urlsplit(url).netloc in {urlsplit(self.base).netloc, urlsplit(self.source.base).netloc}
        params = {**request.params, **(request.secret_params if own else {})}
        headers = {"Accept-Encoding": "gzip, identity", **request.headers, **_conditions(version)}
        headers |= request.secret_headers if own else {}
        headers |= {"Range": f"bytes={start}-", "If-Range": version[0] or ""} if start else {}
        sent: dict[str, Any] = {"data" if request.form else "json": request.body} if request.body else {}
        address = httpx2.URL(url).copy_merge_params(params)
        try:
            with self.inner.stream(
                "POST" if request.body else "GET", address, headers=headers, **sent
            ) as response:
                yield response
        except httpx2.TimeoutException as error:
            raise _Passing(f"no answer in time ({type(error).__name__})") from error
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            raise _Passing(_said(error)) from error

    def _read(self, response: httpx2.Response, request: Request, url: str) -> Got:
        """Read the body, within the limits of size and time; go on where it was cut off."""
        tag = response.headers.get("etag")
        packed = bytearray()
        until = time.monotonic() + self.patience.whole
        try:
            self._take(response, packed, until)
        except _Passing:
            if not (packed and tag and response.headers.get("accept-ranges") == "bytes"):
                raise
            with self._opened(request, url, (tag, None), start=len(packed)) as rest:
                if rest.status_code != 206:
                    raise
                self._take(rest, packed, until)
        data = self._unpacked(bytes(packed), response.headers.get("content-encoding", ""))
        if response.status_code != 200:
            data = data[:KEPT_ERROR_BYTES]
        return Got(response.status_code, data, tag, response.headers.get("last-modified"))

    def _take(self, response: httpx2.Response, packed: bytearray, until: float) -> None:
        """Add the pieces of a body as they come."""
        import httpx2

        most = self.source.largest_bytes
        if int(response.headers.get("content-length") or 0) > most:
            raise self._too_large()
        try:
            for piece in response.iter_raw():
                packed += piece
                if len(packed) > most:
                    raise self._too_large()
                if time.monotonic() > until:
                    raise _Passing(f"the answer did not end in {self.patience.whole:.0f} seconds")
        except httpx2.TimeoutException as error:
            raise _Passing("the answer stopped half-way") from error
        except httpx2.TransportError as error:
            raise _Passing(f"the answer was cut off after {len(packed):,} bytes") from error

    def _unpacked(self, packed: bytes, encoding: str) -> bytes:
        """Unpack a body, never beyond the limit: a small one may unpack to more than there is memory."""
        if encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
            if encoding.strip().lower() not in ("", "identity"):
                raise Failed("E604", f"{self.source.name} packed its answer as {encoding!r}", _BROWSER)
            return packed
        most = self.source.largest_bytes
        try:
            unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
            data = unpacker.decompress(packed, most + 1)
        except zlib.error as error:
            raise Failed(
                "E604", f"{self.source.name} sent what cannot be unpacked: {error}", _LATER
            ) from error
        if len(data) > most:
            raise self._too_large()
        if not unpacker.eof:
            raise _Passing("the packed answer was cut off")
        return data

    def _too_large(self) -> Failed:
        size = f"{self.source.largest_bytes / 1e6:,.0f} MB"
        message = f"{self.source.name} sent more than {size}, the most that is read"
        return Failed("E604", message, "ask for fewer countries or a later --since")


_LATER = "try again later; what is there stays"
_BROWSER = "look at the address in a browser, or set another with --base"


class _Passing(Exception):  # noqa: N818 - it never leaves this module
    """A fault of the way, after which another try may help."""


def asked_nothing(fault: Failed) -> bool:
    """Return whether the wait is our own choice, not the wish of the source."""
    return fault.code == "E601"


def _conditions(version: tuple[str | None, str | None]) -> dict[str, str]:
    names = ("If-None-Match", "If-Modified-Since")
    return {name: value for name, value in zip(names, version, strict=True) if value}


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds a source asks to be left alone, given as a number or as a date.

    Examples
    --------
    >>> _retry_after({"retry-after": "7"}), _retry_after({"retry-after": "soon"}), _retry_after({})
    (7.0, None, None)
    """
    text = headers.get("retry-after", "").strip()
    if text.isdigit():
        return float(text)
    try:
        then = parsedate_to_datetime(text)
    except ValueError:
        return None
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    return max((then - datetime.now(UTC)).total_seconds(), 0.0)


def _said(error: Exception) -> str:
    """Return what a fault of the way says, as one line."""
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__)[:160]
