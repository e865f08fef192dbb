"""Ways to tell an alert, each by its name, as crisis.toml chooses them."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from forestall.alerts.log import Alert
from forestall.options.alert import AlertOptions


class Channel(Protocol):
    """One way to tell an alert."""

    def tell(self, alert: Alert) -> None:
        """Tell the present state of an alert.

        Raises
        ------
        OSError, ForestallError
            Where it could not be told.
        """


def channels_of(options: AlertOptions, folder: Path) -> dict[str, Channel]:
    """Return the channels that are chosen, by name; files are seen from the folder of the crisis."""
    from forestall.alerts.channels.atom import Atom
    from forestall.alerts.channels.cap import Cap
    from forestall.alerts.channels.mail import Mail
    from forestall.alerts.channels.webhook import Webhook

    found: dict[str, Channel] = {}
    if options.atom:
        found["atom"] = Atom(folder / options.atom, options)
    if options.cap:
        found["cap"] = Cap(folder / options.cap, options)
    if options.webhook:
        found["webhook"] = Webhook(options.webhook)
    if options.smtp:
        found["smtp"] = Mail(options.smtp, options)
    return found
