"""Proofs: long runs of the product that check its promises."""
