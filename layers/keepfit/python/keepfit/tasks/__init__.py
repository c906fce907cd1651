"""Tasks in serving: outputs, their validity, decisions, answers and logged values."""
