"""Profiles: the distribution of the training data, in bins that later windows are counted in."""
