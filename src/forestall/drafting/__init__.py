"""A complete crisis for any country, drawn up from the tables of the world."""

from forestall.drafting.build import Draft, draft
from forestall.drafting.readme import write_draft

__all__ = ["Draft", "draft", "write_draft"]
