"""The registry in the cloud: the bucket of artifacts and the table of what exists and serves."""
