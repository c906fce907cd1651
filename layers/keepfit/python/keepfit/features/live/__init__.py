"""Rows that clients write in real time: read, checked, and kept as uploads."""
