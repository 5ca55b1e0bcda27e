"""From facts to what a page shows: rows, the ball line, the route, actions, the timeline. Nothing is decided here."""
