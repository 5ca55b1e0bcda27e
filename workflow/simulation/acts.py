"""Acts that would be barred, or left to leaders: how often they were done, in how many cases, at which desks."""

from collections import Counter
from typing import Any

from workflow.calendar import day_of
from workflow.policies import look_up
from workflow.rights import TITLES, leaders_of
from workflow.simulation.posts import Posts
from workflow.simulation.records import Note, Past
from workflow.simulation.worlds import Pair, Wanted
from workflow.world import Office

OFF, WHO = "acts.off", "acts.who"
MOST = 5
"""So many desks are named, those with the most acts."""


class Acts:
    """Asks of each act that was done whether the rule that is tried would have let it be done, by whom it was."""

    def __init__(self, pair: Pair, wanted: Wanted, posts: Posts) -> None:
        self.pair, self.wanted, self.posts = pair, wanted, posts
        self.affected, self.times, self.cases = 0, Counter[str](), Counter[str]()
        self.desks: Counter[tuple[str, str]] = Counter()

    def look(self, case: Past) -> None:
        barred = set()
        for act in case.notes:
            office = self.pair.real.offices.get(act.office or case.applicant_org_id)
            if office is None or not self._is_barred(act, office):
                continue
            barred.add(act.action)
            self.times[act.action] += 1
            role = self.posts.role(act.actor, office.id, day_of(act.at))
            self.desks[office.name, TITLES.get(role, "")] += 1
        self.affected += bool(barred)
        self.cases.update(barred)

    def told(self) -> dict[str, Any]:
        desks = self.desks.most_common(MOST)
        return {
            "affected": self.affected,
            "acts": {name: {"times": times, "cases": self.cases[name]} for name, times in self.times.most_common()},
            "desks": [{"office": office, "role": role, "times": times} for (office, role), times in desks],
            "desks_more": max(0, len(self.desks) - MOST),
        }

    def _is_barred(self, act: Note, office: Office) -> bool:
        day = self.wanted.until
        before, after = (look_up(world, self.wanted.key, office, day).value for world in self.pair.both)
        if self.wanted.key == OFF:
            return act.action in after and act.action not in before
        if after.get(act.action) != "leader" or before.get(act.action) == "leader":
            return False
        return act.actor not in self.posts.at(leaders_of(office), day_of(act.at))
