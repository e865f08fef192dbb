"""Alerts: staged by rules, released by a person, told by feed, file and mail. Nothing sends itself."""
