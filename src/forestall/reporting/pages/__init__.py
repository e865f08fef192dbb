"""The two pages that decide: what is happening, what may come, what to do tonight, all from tables."""
