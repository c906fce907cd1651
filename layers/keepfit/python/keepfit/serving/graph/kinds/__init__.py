"""The kinds of nodes: what each may declare, whom it asks, and how it answers."""
