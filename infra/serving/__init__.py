"""Serving in the cloud: the shared API, each model's route and function, and its releases."""
