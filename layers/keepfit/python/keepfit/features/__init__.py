"""Features: what data is, how it is checked, joined and turned into a model's inputs."""
