"""Profiles: how the training data was distributed, in bins that later windows are counted in."""
