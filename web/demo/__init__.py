"""The demonstration: an invented province with officers, pupils and running cases. Nothing in it is real."""
