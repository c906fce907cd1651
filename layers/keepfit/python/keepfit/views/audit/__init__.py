"""Audits: what a version is made of and why it served, in forms that others read and verify."""
