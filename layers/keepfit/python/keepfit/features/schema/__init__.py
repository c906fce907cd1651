"""Schema: what a field is declared to be, what a good value of it is, and the signature of a model."""
