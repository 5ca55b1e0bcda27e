"""Pupils without an ID number (domain 4.12): the certificate of attendance, and the yearly question."""
