"""INFORM Risk Index."""
