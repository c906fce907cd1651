"""A product of a proof's own: three models that learn from made-up rides."""
