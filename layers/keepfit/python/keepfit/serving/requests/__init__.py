"""Requests: from an API Gateway event to its response and the lines of the prediction log."""
