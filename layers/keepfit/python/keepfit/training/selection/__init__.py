"""Feature selection: which columns a run's candidates train on, and why the others are dropped."""
