"""Adapters on AWS, the only code that calls it: each file implements one port on one service."""
