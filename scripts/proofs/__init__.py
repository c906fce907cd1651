"""Proofs that take longer than tests may: each runs the product, and says whether it holds what was promised."""
