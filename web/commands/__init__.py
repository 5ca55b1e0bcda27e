"""The commands of `xuejiban`, one subject a file; web/cli.py puts them together."""
