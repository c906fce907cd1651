"""The stacks: they only put constructs together."""
