"""Benchmarks are programs: pytest collects none of them, and those of the peers could not even be imported."""

collect_ignore_glob = ["*"]
