"""Builds what the stacks deploy but do not make: layers, the request handler's package, the image context."""
