"""Folders of the reference model Flee: bytes in, tables and findings out."""

from forestall.flee.reading.folder import FleeFolder, read_folder

__all__ = ["FleeFolder", "read_folder"]
