"""Draws views for people: tables on a terminal, pages in a browser."""
