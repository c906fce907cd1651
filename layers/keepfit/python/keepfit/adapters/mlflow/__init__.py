"""Adapters that speak MLflow's protocols."""
