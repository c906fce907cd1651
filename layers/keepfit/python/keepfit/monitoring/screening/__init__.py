"""Screening: uploads that stand out of their dataset's own history are for a person to look at."""
