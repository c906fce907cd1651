"""The model repository as clients see it: which models and versions answer, and what they take and give."""
