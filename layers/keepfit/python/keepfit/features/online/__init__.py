"""Online features: what is kept of each entity, and what of it counts at the moment of a request."""
