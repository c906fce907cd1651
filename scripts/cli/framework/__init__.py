"""How a command is declared, found and answered, over Typer."""
