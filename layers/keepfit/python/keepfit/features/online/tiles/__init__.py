"""Tiles: the events of an entity in buckets of time, and states of aggregates made of them."""
