"""Schema: fields and their types, validation rules, and the signature of a model."""
