"""Asylum applicants by Eurostat."""
