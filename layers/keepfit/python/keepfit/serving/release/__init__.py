"""Releases: packages of one version, proven by golden requests and a canary, and the alias that moves."""
