"""Definitions: reads `models/*.toml`, reports every mistake, and compiles each model for its runs."""
