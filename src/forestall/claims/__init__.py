"""Statements anybody made, checked against the tables by locked-down queries."""
