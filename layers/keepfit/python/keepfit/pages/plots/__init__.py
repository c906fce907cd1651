"""Plots as SVG. Each says in words what it shows, for whoever cannot see it, and loses nothing without colours."""
