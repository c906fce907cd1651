"""Features in the cloud: the buckets that data arrives and stays in, and the function between them."""
