"""Plots as SVG, each with a description in words, and readable without colours."""
