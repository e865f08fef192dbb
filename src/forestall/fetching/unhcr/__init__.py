"""Refugee population statistics of UNHCR."""
