"""Who can act and whether they did: triggers, acts and promises, ties, leverage, provisions, risks."""
