"""Forecasts of VIEWS, to be scored against."""
