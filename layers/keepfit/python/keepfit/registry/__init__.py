"""Registry: model versions, runs and what served when."""
