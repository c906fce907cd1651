"""The prediction log: what was asked and answered, parsed and remembered as collected."""
