"""House defaults: what every bucket, table, queue, function and alarm of keepfit has in common."""
