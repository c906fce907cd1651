"""Protocols: how clients send instances and read answers, one module for each media type."""
