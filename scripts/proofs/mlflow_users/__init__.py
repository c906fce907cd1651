"""What MLflow's users do with versions and runs, done with MLflow itself."""
