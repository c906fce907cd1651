"""Notices: changes that a person must know, the channels, and whether they arrived."""
