"""Reports on ReliefWeb."""
