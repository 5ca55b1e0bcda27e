"""How paper is made: facts are checked, laid out and set in a limited child process. The door is web/pdf.py."""
