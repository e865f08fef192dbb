"""IDMC: internal displacement as it is reported, within days."""
