"""Slices: a model's metric on parts of a holdout, those of a definition and the worst ones."""
