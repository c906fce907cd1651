"""The training state machine: its resource, its definition, its states."""
