"""MLflow users: programs that load, serve and look at versions and runs with MLflow itself."""
