"""A function whose dependency is in no layer of its own."""

import pandas as pd


def handler(event, context):
    """Never reached."""
    return pd.__version__
