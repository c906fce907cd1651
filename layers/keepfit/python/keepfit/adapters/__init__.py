"""Adapters: the only code that speaks to AWS; one file is one port on one service."""
