"""Inference: the request path, from a request body to a response and prediction log lines."""
