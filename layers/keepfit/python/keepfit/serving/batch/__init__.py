"""Batches: the rows of a whole file, scored part by part as requests would be."""
