"""Displacement Tracking Matrix of IOM."""
