"""Back-tests and the score commands: forecasts against what happened."""
