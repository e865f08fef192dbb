"""The rules of the reference model Flee 3, for whole cohorts at once."""
