"""What each page shows: one frozen dataclass per template, given to it as `page`."""
