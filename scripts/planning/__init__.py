"""Plans of deployments: what templates make, change, cost and would break, before anything is deployed."""
