"""A function whose dependency is in no layer of its own."""

import pandas


def handler(event, context):
    """Never reached."""
    return pandas.__version__
