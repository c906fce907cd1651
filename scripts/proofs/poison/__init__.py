"""The proof that poisoned uploads do not become champions, and that honest ones still do."""
