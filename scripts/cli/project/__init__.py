"""The project: its files and revisions, what they are synthesized to, and a new one."""
