"""Scanned papers as untrusted files: what they are, whether they may come in, how a page of them looks."""
