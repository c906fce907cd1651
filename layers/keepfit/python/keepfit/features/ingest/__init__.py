"""Ingest: takes an upload, validates every value, and adds what is good to the dataset."""
