"""A package that only a layer holds."""

NAME = "from the layer"
