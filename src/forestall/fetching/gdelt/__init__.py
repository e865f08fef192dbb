"""GDELT events."""
