"""Displacement: from where people leave to where and when they arrive."""
