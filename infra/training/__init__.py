"""Training in the cloud: cluster, functions and task of a run, state machine, dispatch of events."""
