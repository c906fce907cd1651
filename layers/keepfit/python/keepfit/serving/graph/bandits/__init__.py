"""Bandits: shares of a router that learn from outcomes, turn by turn, in states that can be replayed."""
