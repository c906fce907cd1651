"""Training runs: triggers, admission, rate limits, dispatch of events, closing."""
