"""A complete crisis for any country, drawn up from the tables of the world."""

from forestall.drafting.build import Draft, draft

__all__ = ["Draft", "draft"]
