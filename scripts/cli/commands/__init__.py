"""The commands, one file each, by the name of the command."""
