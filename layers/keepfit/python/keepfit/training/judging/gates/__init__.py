"""Gates: what a candidate must show before it may serve, each from evidence to a verdict."""
