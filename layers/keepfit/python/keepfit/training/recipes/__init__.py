"""Recipes: learning algorithms with their export to ONNX; one file each, listed in ``registry``."""
