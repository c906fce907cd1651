"""Reads records of uploaded files: formats, lines, CSV and JSON, without validation."""
