"""Fitting of encoders: on training rows only, and never on the row that a number is made for."""
