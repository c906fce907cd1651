"""Training: when a run may start, candidates, parity, and which of them wins."""
