"""UCDP: events of organised violence, georeferenced, with the deaths of each."""
