"""The warning: monthly deaths known by the moment -> the odds of what comes."""
