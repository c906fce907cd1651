"""How what a command found looks to people: tables on a terminal, pages in a browser."""
