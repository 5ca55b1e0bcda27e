"""ID errors (domain 4.9): finding wrong numbers, verdicts from outside, and what a school does about them."""
