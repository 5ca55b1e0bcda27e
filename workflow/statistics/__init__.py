"""Figures about the work of offices: what they owe, how long it takes them, why things come back."""
