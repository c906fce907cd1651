"""Clients of the prediction API: who may ask, with which token, over HTTPS."""
