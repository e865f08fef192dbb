"""Events of UCDP: monthly candidate releases, the yearly release, or the API with a token."""
