"""E-mail by SMTP: text alone, one message to all, never over an open line but to this machine."""

from __future__ import annotations

import os
import smtplib
import ssl
from email.message import EmailMessage
from urllib.parse import urlsplit

from forestall.alerts.channels.words import headline, paragraphs
from forestall.alerts.log import Alert
from forestall.core.errors import Unavailable, UsageError
from forestall.options.alert import AlertOptions

LOGIN = "FORESTALL_SMTP_LOGIN"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
PORTS = {"smtp": 587, "smtps": 465}
SECONDS = 20.0


class Mail:
    """One mail server, and who is told."""

    def __init__(self, url: str, options: AlertOptions) -> None:
        self.parts, self.options = urlsplit(url), options

    def tell(self, alert: Alert) -> None:
        """Send one message; the same state has the same identifier, so that it is shown once.

        Raises
        ------
        UsageError
            Where sender, receivers or server are not given.
        Unavailable
            Where the server cannot be reached or does not take it.
        """
        host = self.parts.hostname
        if self.parts.scheme not in PORTS or not host:
            raise UsageError(f"smtp {self.parts.geturl()!r}: expected smtp://host:port or smtps://host")
        if not self.options.sender or not self.options.mail_to:
            raise UsageError("e-mail wants sender and mail_to under [alert] in crisis.toml")
        try:
            with self._connected(host) as server:
                refused = server.send_message(self._message(alert))
        except (OSError, smtplib.SMTPException) as error:
            raise Unavailable(f"the mail server did not take it: {type(error).__name__}: {error}") from error
        if refused:
            raise Unavailable(f"the mail server refused {', '.join(sorted(refused))}")

    def _connected(self, host: str) -> smtplib.SMTP:
        """Return a connection, encrypted unless to this machine, logged in where there is a login."""
        port = self.parts.port or PORTS[self.parts.scheme]
        context = ssl.create_default_context()
        if self.parts.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=SECONDS)
            if host not in LOOPBACK:
                server.starttls(context=context)
        user, _, password = os.environ.get(LOGIN, "").partition(":")
        if user:
            server.login(user, password)
        return server

    def _message(self, alert: Alert) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self.options.sender
        message["To"] = ", ".join(self.options.mail_to)
        message["Subject"] = " ".join(headline(alert).split())
        domain = self.options.sender.rpartition("@")[2] or "localhost"
        message["Message-ID"] = f"<{alert.name}.{alert.version}@{domain}>"
        if alert.version > 1:
            message["In-Reply-To"] = f"<{alert.name}.{alert.version - 1}@{domain}>"
        message.set_content("\n\n".join(paragraphs(alert)) + "\n")
        return message
