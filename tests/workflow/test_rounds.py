"""F6: whatever is answered, refused or sent back, exactly the declared questions are open, and no vote of an older
round counts. A small model that keeps votes in a dictionary says what must be open; the program is played beside it."""

from typing import Any

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine

from tests.cast import Cast
from tests.consistency import assert_consistent
from tests.council import Convened, put, relay
from workflow.errors import NotAllowed, Unmet

AMONG = ("k1", "k2", "k3")
NEXT = {"written": "first", "first": "second", "second": "third", "third": "agreed"}
ORDER = list(NEXT)


class Model:
    """Where the case stands and who has said what in the present asking; nothing of an earlier one is kept."""

    def __init__(self) -> None:
        self.phase, self.round = "written", 1
        self.votes: dict[str, bool] = {}
        self.visited = {"written"}
        self.ways: list[tuple[str, str]] = []
        """From where the case goes straight back to where, the latest last."""

    @property
    def asked(self) -> list[str]:
        """Who has a question open now."""
        if self.phase in ("agreed", "declined"):
            return []
        if self.phase == "written":
            return ["prov"]
        left = [office for office in AMONG if office not in self.votes]
        return left[:1] if self.phase == "third" else left

    def vote(self, office: str, agrees: bool) -> None:
        self.votes[office] = agrees
        agreed, refused = list(self.votes.values()).count(True), list(self.votes.values()).count(False)
        if self.phase == "second":  # two of three carry it, two of three end it
            decided = True if agreed >= 2 else False if refused >= 2 else None
        elif self.phase == "third":
            decided = False if refused else True if agreed == 3 else None
        else:  # without veto the last answer decides
            decided = None if agreed + refused < 3 else refused == 0
        if decided is not None:
            self.go(NEXT[self.phase] if decided else "declined", forward=decided)

    def go(self, phase: str, *, forward: bool) -> None:
        if self.ways and self.ways[-1][0] == self.phase:
            _, straight = self.ways.pop()
            phase = straight if forward else phase
        self.phase, self.votes = phase, {}
        self.visited.add(phase)

    def back(self, phase: str, again: bool) -> None:
        self.ways = [] if again else [*self.ways, (phase, self.phase)]
        self.phase, self.votes, self.round = phase, {}, self.round + 1


class Rounds(RuleBasedStateMachine):
    """Whoever is asked answers as he likes; the others try in vain."""

    engine: Engine
    cast: Cast
    patch: pytest.MonkeyPatch

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()
        self.play: Convened = put(self.engine, self.cast, self.patch, relay(), AMONG)

    def who(self, office: str) -> str:
        return f"{office}:dept_clerk" if office == "prov" else f"{office}:dept_leader"

    @precondition(lambda self: self.model.phase == "written")
    @rule()
    def write(self) -> None:
        self.play.act("prov:dept_clerk", "write")
        self.model.go("first", forward=True)

    @precondition(lambda self: self.model.phase in ("first", "second", "third"))
    @rule(place=st.integers(0, 2), agrees=st.booleans())
    def answer(self, place: int, agrees: bool) -> None:
        office = self.model.asked[place % len(self.model.asked)]
        action = f"agree_{self.model.phase}" if agrees else "refuse"
        self.play.act(self.who(office), action, **({} if agrees else {"comment": "不妥"}))
        self.model.vote(office, agrees)

    @precondition(lambda self: self.model.phase in ("first", "second", "third"))
    @rule(place=st.integers(0, 2), to=st.sampled_from(ORDER[:3]), again=st.booleans())
    def go_back(self, place: int, to: str, again: bool) -> None:
        office = self.model.asked[place % len(self.model.asked)]
        given: dict[str, Any] = {"back_to": to, "comment": "请再核对", "resume": "again" if again else "straight"}
        if to not in self.model.visited or to == self.model.phase:
            with pytest.raises(Unmet):
                self.play.act(self.who(office), "go_back", **given)
            return
        self.play.act(self.who(office), "go_back", **given)
        self.model.back(to, again)

    @precondition(lambda self: self.model.phase in ("first", "second", "third") and self.model.votes)
    @rule()
    def answer_twice(self) -> None:
        office = next(iter(self.model.votes))
        with pytest.raises(NotAllowed):
            self.play.act(self.who(office), f"agree_{self.model.phase}")

    @precondition(lambda self: self.model.phase in ("agreed", "declined"))
    @rule()
    def begin_anew(self) -> None:
        self.model, self.play = Model(), put(self.engine, self.cast, self.patch, relay(), AMONG)

    @invariant()
    def exactly_the_declared_questions_are_open(self) -> None:
        case = self.play.case()
        assert (case.phase, case.round) == (self.model.phase, self.model.round)
        assert sorted(self.play.open_at()) == sorted(self.model.asked)
        assert {item.round for item in self.play.items() if item.open} <= {case.round}


def test_no_vote_of_an_older_round_ever_counts(engine: Engine, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    class Played(Rounds):
        pass

    Played.engine, Played.cast, Played.patch = engine, cast, monkeypatch
    examples = min(settings.default.max_examples // 8, 100)
    run_state_machine_as_test(
        Played, settings=settings(max_examples=examples, stateful_step_count=30, phases=[Phase.generate])
    )  # type: ignore[no-untyped-call]
    assert_consistent(engine)
