"""Model tests: what a model must answer whatever it learned, written in its definition."""
