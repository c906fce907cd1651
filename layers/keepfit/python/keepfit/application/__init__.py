"""Use cases that cross nouns: the steps of the loop, on ports alone."""
