"""Inference: the request path, from the body of a request to an answer and lines of the log."""
