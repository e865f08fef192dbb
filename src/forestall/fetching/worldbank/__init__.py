"""World Development Indicators."""
