"""The proof that the API answers as its own description says, whatever it is sent."""
