"""A rule tried on cases that were: what would have been otherwise, as far as records tell it. Only reads."""
