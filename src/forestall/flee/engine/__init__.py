"""The rules of the reference model Flee 3, for whole cohorts at once."""

from forestall.flee.engine.results import simulate_flee

__all__ = ["simulate_flee"]
