"""Features: datasets, their schema and ingest, point-in-time joins, and the encoding of inputs."""
