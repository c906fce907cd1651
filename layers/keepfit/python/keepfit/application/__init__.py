"""Use cases that cross nouns: what each step of the loop does, on ports alone; `runtime` puts them together."""
