"""Explanation: which columns a candidate's answers rest on, and whether more rows would help it."""
