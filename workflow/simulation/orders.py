"""Deputies: how many orders of the period would not have been allowed, because they last too long."""

import datetime as dt
from typing import Any

from sqlalchemy import Engine, select

from models.deputies import Substitution
from models.people import Post
from models.session import reading
from workflow.calendar import due_instant
from workflow.deputies import ROLES
from workflow.policies import look_up
from workflow.simulation.records import Past
from workflow.simulation.sums import Spread
from workflow.simulation.worlds import Pair, Wanted

KEY = "deputy.longest_days"
_DAY = dt.timedelta(days=1)


class Orders:
    """Reads the orders that were given in the period at the office and below; no case is asked."""

    def __init__(self, engine: Engine, pair: Pair, wanted: Wanted) -> None:
        self.engine, self.pair, self.wanted = engine, pair, wanted

    def look(self, case: Past) -> None:
        """Nothing about a deputy's order stands in a case."""

    def told(self) -> dict[str, Any]:
        too_long, lengths, affected = [0, 0], Spread(), 0
        for order, number in self._there():
            office = self.pair.real.offices.get(number)
            days = (order.valid_to - order.valid_from).days + 1
            found = [days > int(look_up(world, KEY, office, self.wanted.until).value) for world in self.pair.both]
            lengths.add(days)
            affected += found[0] != found[1]
            too_long = [sum(pair) for pair in zip(too_long, found, strict=True)]
        return {
            "affected": affected,
            "orders": lengths.n,
            "too_long": {"present": too_long[0], "proposed": too_long[1]},
            "days": lengths.told(),
        }

    def _there(self) -> list[tuple[Substitution, int]]:
        """Return the orders with the office whose rule they go by: the first one where the principal is represented."""
        first, after = due_instant(self.wanted.since - _DAY), due_instant(self.wanted.until)
        below = self.pair.real.below(self.wanted.office.id)
        query = select(Substitution).where(Substitution.ordered_at >= first, Substitution.ordered_at < after)
        with reading(self.engine) as session:
            orders = list(session.scalars(query.order_by(Substitution.id)))
            held: dict[int, list[Post]] = {}
            asked = select(Post).where(Post.role.in_(ROLES), Post.person_id.in_({one.principal_id for one in orders}))
            for post in session.scalars(asked.order_by(Post.id)):
                held.setdefault(post.person_id, []).append(post)
        found = [(one, one.org_id or _first(held.get(one.principal_id, []), one)) for one in orders]
        return [(one, office) for one, office in found if office in below]


def _first(posts: list[Post], order: Substitution) -> int:
    day = order.valid_from
    there = (one for one in posts if one.valid_from <= day and (one.valid_to is None or one.valid_to >= day))
    return next((one.org_id for one in there), 0)
