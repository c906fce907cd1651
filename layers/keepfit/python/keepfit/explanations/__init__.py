"""What the answers of a model are made of, computed where training reports and where clients ask."""
