"""Contracts of datasets: rules that uploads keep, by severity."""
