"""Tasks in training and judging: labels, metrics, resampling, curves.

Serving never imports this.
"""
