"""Access to the API: scopes, models and tenant of a client, and the refusal of all else."""
