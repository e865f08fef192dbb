"""Scenarios: stages run again on tables that options change, on the same draws."""
