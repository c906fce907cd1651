"""Training, in the cloud: where tasks run, the steps of a run, the machine that takes them, and what starts it."""
