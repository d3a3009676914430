"""Finished runs: read back, compared, taken apart, held against a baseline."""
