"""Funding by the Financial Tracking Service."""
