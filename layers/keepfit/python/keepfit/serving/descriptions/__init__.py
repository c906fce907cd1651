"""What clients may ask about the server and its models, beside predictions."""
