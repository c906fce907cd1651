"""Search for parameters: trials drawn in rounds, measured on validation rows, and the best of them."""
