"""Tasks where a model answers: what it gives out, what of it is valid, and what is decided, answered and logged."""
