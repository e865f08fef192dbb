"""Recording: from sources to observed tables, and what is known, how fresh, and what is missing."""
