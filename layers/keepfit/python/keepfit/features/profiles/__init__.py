"""Profiles of uploads: what each column holds, in counts that add up over uploads."""
