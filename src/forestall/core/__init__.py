"""Units, moments, names, random streams, errors and files: no domain logic."""
