"""Views: what is deployed and what became of it, as values read over ports alone, for a command or a console."""
