"""Situations on UNHCR's Operational Data Portal."""
