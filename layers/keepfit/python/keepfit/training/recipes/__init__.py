"""Recipes: how an algorithm learns from encoded rows and becomes ONNX; a file each, a line each in ``registry``."""
