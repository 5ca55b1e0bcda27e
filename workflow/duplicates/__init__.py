"""Finding records that may be about one child: exact, by name, and alike. Deciding them is another subject."""
