"""Definitions: reads `models/*.toml`, tells every mistake, and compiles each model to what its runs need."""
