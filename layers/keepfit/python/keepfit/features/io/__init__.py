"""Records of uploaded files: formats, lines, CSV and JSON, read as their writer meant them, without policy."""
