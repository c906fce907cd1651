"""Makes the development environment from nothing but python3, and maintains its locks."""
