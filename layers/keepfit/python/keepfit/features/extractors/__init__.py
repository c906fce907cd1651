"""Extractors: pictures become vectors, by the same code for uploads and for requests."""
