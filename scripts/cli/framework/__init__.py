"""Declares commands over Typer: options, lazy imports, output, errors."""
