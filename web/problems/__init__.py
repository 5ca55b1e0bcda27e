"""Pages of problem records: the list, one case, pairs that only look alike."""

from web.problems import case, pairs, shelves
from web.problems.places import bp

__all__ = ["bp", "case", "pairs", "shelves"]
