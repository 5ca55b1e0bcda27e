"""Reading several lists in one statement: every row belongs to one part, and the columns of the others are empty in it.

A page that asks for guardians, spells and corrections of five records would else multiply them by joining, or ask three
times. Join the parts to what all of them are about, and each list by an outer join whose condition names its part.
"""

from sqlalchemy import Subquery, literal, select, union_all


def parts(*names: str) -> Subquery:
    """Return a table of the names of parts, one in each row, in the column `name`."""
    rows = [select(literal(name).label("name")) for name in names]
    return union_all(*rows).subquery("parts")
