"""Many questions answered at once: which of them are clear (judging), and the order that answers them (orders)."""
