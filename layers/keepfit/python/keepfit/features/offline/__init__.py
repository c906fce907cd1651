"""Offline features: values of feature views as of the moments of a spine's rows."""
