"""What is asked of a source, what came, and what of it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

HIDDEN = "***"
"""What stands in a saved address where a secret was sent."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person wants of a source.

    Parameters
    ----------
    countries : tuple of str
        ISO3 codes.
    since : date
        First day that matters.
    now : datetime
        The moment of asking, in UTC.
    key : str or None
        The key, token or login of the user, where there is one.
    more : mapping of str to str
        What only this source wants to know, such as the number of a situation.
    """

    countries: tuple[str, ...]
    since: date
    now: datetime
    key: str | None = None
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def today(self) -> date:
        """The day of asking."""
        return self.now.astimezone(UTC).date()


@dataclass(frozen=True, slots=True)
class Request:
    """One request: what it is in words that name it again, and how it is made.

    Parameters
    ----------
    what : str
        Names the request; the newest answer under a name counts.
    path : str
        Path on the host of the source, or a whole address that the source itself gave.
    params, headers : mapping of str to str
        Sent as they are and shown in the saved address.
    secret_params, secret_headers : mapping of str to str
        Sent to the host of the source alone, and never saved.
    body : mapping or None
        Sent as JSON, or as a form where ``form`` is set; then the request is a POST.
    name : str
        Name of the answer as a file; may tell the release. Else ``what``.
    country : str or None
        The country the answer is about, where it is one.
    may_lack : bool
        Whether 404 is no fault: not released yet.
    """

    what: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    secret_params: Mapping[str, str] = field(default_factory=dict)
    secret_headers: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    form: bool = False
    name: str = ""
    country: str | None = None
    may_lack: bool = False

    def address(self, base: str) -> str:
        """Return the address as it is saved: every secret taken out.

        Examples
        --------
        >>> Request("a", "/b", {"c": "1"}, secret_params={"key": "hush"}).address("https://example.org")
        'https://example.org/b?c=1&key=***'
        """
        start = self.path if "://" in self.path else base.rstrip("/") + self.path
        shown = {**self.params, **dict.fromkeys(self.secret_params, HIDDEN)}
        tail = "&".join(f"{name}={value}" for name, value in shown.items())
        address = start + (("&" if "?" in start else "?") + tail if tail else "")
        for secret in (*self.secret_params.values(), *self.secret_headers.values()):
            address = address.replace(secret, HIDDEN) if secret else address
        return address


@dataclass(frozen=True, slots=True)
class Kept:
    """What of an answer is kept, and what to ask next.

    Parameters
    ----------
    data : bytes or None
        The part that is kept; None for nothing, as of an answer that is a secret itself.
    more : sequence of Request
        Asked next: further pages, files that the answer names.
    name : str
        Name as a file where it differs from that of the request.
    """

    data: bytes | None
    more: Sequence[Request] = ()
    name: str = ""
