"""Replays a real year, month by month, through the deployed product: the demo."""
