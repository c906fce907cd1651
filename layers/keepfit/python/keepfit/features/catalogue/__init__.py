"""Tables of the data catalogue: each dataset as a table whose partitions are the parts of its newest version."""
