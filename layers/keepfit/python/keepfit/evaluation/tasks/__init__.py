"""Tasks where a model learns and is judged: labels, metrics, resampling, curves. Whatever serves never imports this."""
