"""Serving graphs: nodes that answer a model's requests together, compiled to one scorer."""
