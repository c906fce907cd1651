"""The model repository for clients: which models and versions answer, what they take and give."""
