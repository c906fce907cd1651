"""The stacks, which only compose constructs."""
