"""Figures of a report: what a single metric hides of a model, as data that pages draw."""
