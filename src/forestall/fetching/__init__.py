"""Sources asked by command: one folder a source, with the same four verbs, ask, save, tidy and check."""
