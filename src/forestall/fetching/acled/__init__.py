"""Events of ACLED, with the user's own account."""
