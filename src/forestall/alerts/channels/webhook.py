"""A signed POST: the receiver can tell that it is from us, whole, and not an old one."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import time

from forestall.alerts.channels.words import facts
from forestall.alerts.log import Alert
from forestall.core.errors import Unavailable, UsageError
from forestall.core.extras import need

SECRET = "FORESTALL_WEBHOOK_SECRET"  # noqa: S105 - the name of a variable
SECONDS = 20.0


class Webhook:
    """One address that is told."""

    def __init__(self, url: str) -> None:
        self.url = url

    def tell(self, alert: Alert) -> None:
        """Send the alert as JSON.

        Headers: ``X-Forestall-Timestamp``, and ``X-Forestall-Signature``, the HMAC-SHA256 of the
        timestamp, a point and the body; ``X-Forestall-Id`` is the same for the same state.

        Raises
        ------
        UsageError
            Where there is no secret to sign with, or no address.
        Unavailable
            Where the receiver cannot be reached or does not take it.
        """
        need("httpx2", "webhooks")
        import httpx2

        secret = os.environ.get(SECRET)
        if not secret:
            raise UsageError(f"the webhook has no secret to sign with: set {SECRET}")
        body = json.dumps(facts(alert), sort_keys=True).encode()
        headers = {
            **signed(body, secret, int(time.time())),
            "X-Forestall-Id": f"{alert.name}.{alert.version}",
        }
        try:
            answer = httpx2.post(self.url, content=body, headers=headers, timeout=SECONDS)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise Unavailable(f"the webhook cannot be reached: {type(error).__name__}") from error
        if not answer.is_success:
            raise Unavailable(f"the webhook answered {answer.status_code}")


def signed(body: bytes, secret: str, now: int) -> dict[str, str]:
    """Return the headers that sign a body at a moment in seconds.

    Examples
    --------
    >>> signed(b"{}", "hush", 1)["X-Forestall-Signature"][:23]
    'sha256=e5732bc2f3073c9b'
    """
    digest = hmac.new(secret.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "X-Forestall-Timestamp": str(now),
        "X-Forestall-Signature": f"sha256={digest}",
    }
