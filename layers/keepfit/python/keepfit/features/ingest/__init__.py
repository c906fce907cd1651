"""Ingest: reads an upload, validates every value, and appends good rows to the dataset."""
