"""Prepare: what people will need, what is missing, and what to place where before."""
