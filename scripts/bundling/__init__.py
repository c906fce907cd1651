"""Builds the bundles that the stacks deploy: layers, request handler, image context."""
