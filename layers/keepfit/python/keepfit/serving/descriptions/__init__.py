"""Descriptions: answers to questions about the server and its models."""
