"""或签, 会签, 票签, 顺签: when the answers of several decide one question, counted under the lock over work items."""

import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, update

from models.cases import Event, WorkItem
from models.people import Post
from models.session import reading, transact
from tests.cast import MONDAY, Cast
from tests.consistency import assert_consistent
from tests.council import Convened, colleague, convene, council, first_office, leader, offices
from tests.workflow.test_races import Race
from workflow import engine as door
from workflow import inbox, manners, queues
from workflow.calendar import due_day_of
from workflow.errors import NotAllowed, Stale, Unmet
from workflow.language import Action, BadProcess, End, Phase, Process, holder
from workflow.manners import Manner, all_holders, anyone, everyone, in_turn, quorum

Put = Callable[..., Convened]
K1, K2, K3 = "k1:dept_leader", "k2:dept_leader", "k3:dept_leader"
NO = {"comment": "不妥"}


@pytest.fixture
def race(engine: Engine, cast: Cast) -> Race:
    return Race(engine, cast)


@pytest.fixture
def put(engine: Engine, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Put]:
    """Put a question in some manner; the whole database must be in order afterwards."""
    yield lambda asks, among=("k1", "k2", "k3"): convene(engine, cast, monkeypatch, asks, among)
    assert_consistent(engine)


def waiting(play: Convened, who: str) -> int:
    """How many questions of his own somebody finds in his inbox."""
    with reading(play.engine) as session:
        actor = play.cast.actor(session, who)
        found = inbox.without_seats_of_others(inbox.todo(session, actor), actor)
        return sum(line.item is not None and actor.has(line.item.queue, line.item.assignee_id) for line in found)


# ---- the four manners ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "values", "end"), [("approve", {}, "agreed"), ("refuse", NO, "declined")])
def test_where_anyone_may_answer_the_first_answer_counts_and_the_others_need_not(
    put: Put, action: str, values: dict[str, str], end: str
) -> None:
    play = put(anyone(leader @ offices))
    assert play.open_at() == ["k1", "k2", "k3"]
    assert play.act(K2, action, **values).phase == end
    assert [(item.outcome, item.void_reason) for item in play.items()] == [
        (None, action), (action, None), (None, action),
    ]  # fmt: skip


def test_where_everyone_signs_the_last_answer_moves_the_case(put: Put) -> None:
    play = put(everyone(leader @ offices))
    assert play.act(K3, "approve").phase == "asked"
    assert play.act(K1, "approve").phase == "asked"
    assert play.open_at() == ["k2"]
    assert play.act(K2, "approve").phase == "agreed"


def test_without_veto_a_refusal_waits_for_the_others_and_then_prevails(put: Put) -> None:
    play = put(everyone(leader @ offices))
    assert play.act(K1, "refuse", **NO).phase == "asked"
    assert play.act(K2, "approve").phase == "asked"
    assert play.act(K3, "approve").phase == "declined"
    with reading(play.engine) as session:
        last = session.scalars(select(Event).order_by(Event.case_id.desc(), Event.seq.desc())).first()
    assert last is not None
    assert (last.action, last.body["decided"]) == ("approve", "refuse"), "the log says what was done and what followed"
    assert [item.outcome for item in play.items()] == ["refuse", "approve", "approve"]


def test_with_veto_the_first_refusal_moves_the_case(put: Put) -> None:
    play = put(everyone(leader @ offices, veto=True))
    play.act(K1, "approve")
    assert play.act(K2, "refuse", **NO).phase == "declined"
    assert [item.void_reason for item in play.items()] == [None, None, "refuse"]


def test_a_vote_ends_as_soon_as_it_is_won(put: Put) -> None:
    play = put(quorum(60, leader @ offices), among=("k1", "k2", "k3", "city1", "city2"))
    play.act(K1, "approve")
    play.act(K2, "refuse", **NO)
    assert play.act(K3, "approve").phase == "asked"
    assert play.act("city1:dept_leader", "approve").phase == "agreed", "three of five"
    assert [item.open for item in play.items()] == [False] * 5


def test_a_vote_ends_as_soon_as_it_cannot_be_won_any_more(put: Put) -> None:
    play = put(quorum(60, leader @ offices), among=("k1", "k2", "k3", "city1", "city2"))
    play.act(K1, "refuse", **NO)
    assert play.act(K2, "refuse", **NO).phase == "asked", "the other three could still carry it"
    assert play.act(K3, "refuse", **NO).phase == "declined"


def test_in_turn_the_next_is_asked_and_his_clock_starts_when_the_one_before_has_agreed(put: Put) -> None:
    play = put(in_turn(leader @ offices))
    assert play.open_at() == ["k1"]
    with pytest.raises(NotAllowed):
        play.act(K2, "approve")
    play.now += dt.timedelta(days=7)
    assert play.act(K1, "approve").phase == "asked"
    assert play.open_at() == ["k2"]
    first, second = play.items()
    assert second.opened_at == play.now
    assert (due_day_of(first.due_at), due_day_of(second.due_at)) == (dt.date(2025, 9, 15), dt.date(2025, 9, 22))
    play.act(K2, "approve")
    assert play.act(K3, "approve").phase == "agreed"


def test_in_turn_a_refusal_decides_and_whoever_comes_later_is_not_asked(put: Put) -> None:
    play = put(in_turn(leader @ offices))
    play.act(K1, "approve")
    assert play.act(K2, "refuse", **NO).phase == "declined"
    assert len(play.items()) == 2


# ---- who signs -------------------------------------------------------------------------------------------------------


def test_everybody_at_a_desk_can_be_asked_by_name_and_sees_only_his_own_question(
    put: Put, engine: Engine, cast: Cast
) -> None:
    colleague(engine, cast, "second", "k1")
    play = put(everyone(all_holders(leader @ first_office)))
    assert play.open_at() == ["k1", "k1"]
    assert (waiting(play, K1), waiting(play, "second")) == (1, 1)
    assert play.act("second", "approve").phase == "asked"
    assert (waiting(play, K1), waiting(play, "second")) == (1, 0)
    with pytest.raises(NotAllowed):
        play.act("second", "approve")
    assert play.act(K1, "approve").phase == "agreed"


def test_nobody_signs_one_question_twice_whatever_posts_he_holds(put: Put, engine: Engine, cast: Cast) -> None:
    colleague(engine, cast, "both", "k1")
    colleague(engine, cast, "both", "k2")
    play = put(everyone(leader @ offices))
    play.act("both", "approve")
    with pytest.raises(Unmet) as refused:
        play.act("both", "approve")
    assert [reason.guard for reason in refused.value.reasons] == ["C7"]
    assert play.act(K2, "approve").phase == "asked", "somebody else may"


def test_whoever_has_signed_finds_nothing_of_the_case_before_him_until_it_is_asked_anew(
    put: Put, engine: Engine, cast: Cast
) -> None:
    """A vote that lacks a person keeps a seat at his own desk: it is for somebody else, who finds it there."""
    colleague(engine, cast, "both", "k2")
    colleague(engine, cast, "both", "k3")
    play = put(everyone(leader @ offices))
    assert listed(play, "both") == (2, 2)
    play.act("both", "approve")
    assert (listed(play, "both"), listed(play, K3), listed(play, K1)) == ((0, 0), (1, 1), (1, 1))
    play.act(K1, "hand_back", comment="请说明")
    play.act("prov:dept_clerk", "put_again")
    assert listed(play, "both") == (2, 2), "his earlier signature counts no more"


def test_a_seat_that_a_colleague_has_by_name_is_none_of_his_once_he_has_signed(
    put: Put, engine: Engine, cast: Cast
) -> None:
    colleague(engine, cast, "second", "k1")
    play = put(everyone(all_holders(leader @ first_office)))
    play.act("second", "approve")
    assert (listed(play, "second"), listed(play, K1)) == ((0, 0), (1, 1))
    play.act(K1, "hand_back", comment="请说明")
    with reading(engine) as session:
        assert not session.scalars(select(WorkItem.id).where(WorkItem.awaits_others)).all(), "nobody is waited for"


def listed(play: Convened, who: str) -> tuple[int, int]:
    """How many lines somebody's list has, colleagues' questions included, and what his counter says."""
    with reading(play.engine) as session:
        actor = play.cast.actor(session, who)
        return len(inbox.todo(session, actor)), inbox.counters(session, actor, play.now).todo


def test_whoever_asked_is_not_asked_himself(put: Put, engine: Engine, cast: Cast) -> None:
    """The clerk who put the question also leads the office: the others of his office are asked."""
    colleague(engine, cast, "prov:dept_clerk", "k1")
    play = put(everyone(all_holders(leader @ first_office)))
    assert [item.assignee_id for item in play.items()] == [cast.person[K1]]


def test_a_vote_that_needs_more_persons_than_there_are_waits_for_the_missing_one(
    put: Put, engine: Engine, cast: Cast
) -> None:
    """No signature is lost because a post is empty: the question stays open at the desk, and the watch sees it."""
    play = put(quorum(1, all_holders(leader @ first_office), least=2))
    assert play.act(K1, "approve").phase == "asked"
    assert play.open_at() == ["k1"]
    assert [one.no for one in watched(play)] == [play.no]
    colleague(engine, cast, "second", "k1")
    assert watched(play) == []
    assert play.act("second", "approve").phase == "agreed"


def watched(play: Convened) -> list[queues.Unattended]:
    with reading(play.engine) as session:
        return queues.unattended(session, play.now)


def test_whoever_left_before_his_turn_came_is_followed_by_his_desk(put: Put, engine: Engine, cast: Cast) -> None:
    colleague(engine, cast, "second", "k1")
    play = put(in_turn(all_holders(leader @ first_office)))
    gone = update(Post).where(Post.person_id == cast.person["second"]).values(valid_to=MONDAY.date())
    transact(engine, lambda session: session.execute(gone))
    play.now += dt.timedelta(days=1)
    play.act(K1, "approve")
    assert [item.assignee_id for item in play.items()] == [cast.person[K1], None]
    colleague(engine, cast, "third", "k1")
    assert play.act("third", "approve").phase == "agreed"


# ---- rounds, pages, races --------------------------------------------------------------------------------------------


def test_votes_of_an_earlier_asking_never_count_again(put: Put) -> None:
    play = put(everyone(leader @ offices))
    play.act(K1, "refuse", **NO)
    play.act(K2, "approve")
    play.act(K3, "hand_back", comment="请说明")
    assert [item.phase for item in play.items() if item.open] == ["drafting"]
    play.act("prov:dept_clerk", "put_again")
    assert play.open_at() == ["k1", "k2", "k3"], "everybody is asked anew"
    assert play.act(K3, "approve").phase == "asked"
    assert play.act(K1, "approve").phase == "asked"
    assert play.act(K2, "approve").phase == "agreed"


def test_what_others_answer_makes_nobodys_page_stale_but_a_question_asked_anew_does(put: Put) -> None:
    play = put(everyone(leader @ offices))
    seen = play.case().revision
    play.act(K1, "approve", revision=seen)
    play.act(K2, "approve", revision=seen)
    play.act(K3, "hand_back", comment="请说明")
    play.act("prov:dept_clerk", "put_again")
    with pytest.raises(Stale):
        play.act(K3, "approve", revision=seen)
    with pytest.raises(Stale):
        play.act(K3, "approve", revision=99)


def test_two_last_answers_at_once_move_the_case_once(put: Put, race: Race) -> None:
    """F1: counted without the lock, both would find the other one missing."""
    play = put(everyone(leader @ offices))
    play.act(K1, "approve")
    seen = play.case().revision
    with ThreadPoolExecutor(2) as pool:
        acts = [lambda who=who: race.act(play.no, (who, "approve", {}), seen) for who in (K2, K3)]
        answers = race.together(pool, acts)
    assert sorted(answer.phase for answer in answers if isinstance(answer, door.Outcome)) == ["agreed", "asked"]


# ---- counting alone --------------------------------------------------------------------------------------------------

MANNERS = st.one_of(
    st.sampled_from([Manner(manners.ANY), Manner(manners.ALL, veto=True), Manner(manners.ALL, veto=False)]),
    st.just(Manner(manners.TURN)),
    st.builds(
        lambda share, least: Manner(manners.VOTE, share=share, least=least), st.integers(1, 100), st.integers(1, 3)
    ),
)


def at_the_end(manner: Manner, agreed: int, refused: int) -> bool:
    """What each manner means once all have answered, said in another way than the program does."""
    if manner.code == manners.VOTE:
        return 100 * agreed >= manner.share * (agreed + refused) and agreed >= manner.least
    return refused == 0 or (manner.code == manners.ANY and agreed > 0)


@given(MANNERS, st.integers(0, 6), st.integers(0, 6), st.integers(0, 6))
def test_a_verdict_comes_exactly_when_the_outcome_can_no_longer_change(
    manner: Manner, agreed: int, refused: int, pending: int
) -> None:
    verdict = manner.verdict(agreed, refused, pending)
    if manner.code == manners.ANY:
        assert (verdict is None) == (agreed + refused == 0), "the first answer counts"
        return
    possible = {at_the_end(manner, agreed + more, refused + pending - more) for more in range(pending + 1)}
    waits = manner.code == manners.ALL and not manner.veto and refused and pending  # for the last answer
    assert verdict == (possible.pop() if len(possible) == 1 and not waits else None)


def test_a_manner_can_be_kept_and_read_again() -> None:
    for manner in (Manner(manners.ANY), Manner(manners.ALL, veto=False), Manner(manners.VOTE, share=60, least=2)):
        assert manners.read(manner.stored()) == manner


def nobody_agrees() -> None:
    class Mute(Process, key="mute", version=1, title="", prefix=""):
        asked = Phase("问", asks=everyone(leader @ offices))
        end = End("止")
        refuse = Action("不同意", asked >> end, by=holder, votes="against")


def no_manner() -> None:
    class Vague(Process, key="vague", version=1, title="", prefix=""):
        asked = Phase("问", asks=leader @ offices)
        end = End("止")
        approve = Action("同意", asked >> end, by=holder)


def a_strange_vote() -> None:
    class Odd(Process, key="odd", version=1, title="", prefix=""):
        asked = Phase("问", asks=anyone(leader @ offices))
        end = End("止")
        approve = Action("同意", asked >> end, by=holder, votes="perhaps")


@pytest.mark.parametrize(
    ("definition", "why"),
    [(nobody_agrees, "nobody can agree"), (no_manner, "in which manner"), (a_strange_vote, "votes perhaps")],
)
def test_a_definition_that_cannot_be_counted_is_refused_at_once(definition: Callable[[], None], why: str) -> None:
    with pytest.raises(BadProcess, match=why):
        definition()


def test_the_manner_belongs_to_what_a_version_means() -> None:
    digests = {council(asks).digest() for asks in (
        anyone(leader @ offices), everyone(leader @ offices), everyone(leader @ offices, veto=True),
        quorum(50, leader @ offices), quorum(60, leader @ offices), in_turn(leader @ offices),
        in_turn(all_holders(leader @ offices)),
    )}  # fmt: skip
    assert len(digests) == 7
