"""Benches: what the product does against the least that could be done, measured in one run."""
