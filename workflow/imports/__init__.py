"""Pupils come in from the national workbook: reading it safely, checking every cell, giving back what failed."""
