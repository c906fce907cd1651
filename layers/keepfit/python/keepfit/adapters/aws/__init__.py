"""Adapters on AWS: the only code that speaks to it; one file is one port on one service."""
