"""Serving, in the cloud: the API that all models share, the function behind a model's route, and its releases."""
