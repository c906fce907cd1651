"""Training: triggers and runs, training sets, candidates, and their judgement."""
