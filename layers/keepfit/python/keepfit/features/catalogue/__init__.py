"""Tables of the data catalogue: a dataset is one, and its newest version's parts are partitions."""
