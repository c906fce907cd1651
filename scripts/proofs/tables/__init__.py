"""Public tables, served models of them, and plainly tuned scikit-learn pipelines to compare with."""
