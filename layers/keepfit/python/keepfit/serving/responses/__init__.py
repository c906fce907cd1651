"""Responses of functions behind the API, refusals included."""
