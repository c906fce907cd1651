"""Encoding of instances: vocabularies, codes, and the float32 rows that a model reads."""
