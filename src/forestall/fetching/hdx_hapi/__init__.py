"""HDX Humanitarian API."""
