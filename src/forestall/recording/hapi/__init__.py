"""HAPI: humanitarian figures that OCHA gathers from many publishers."""
