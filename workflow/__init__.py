"""Workflow decides: which processes exist, who may do what, what must be true first, what follows, when it is due."""
