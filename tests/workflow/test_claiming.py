"""认领 and 放回: whoever is on a question says so, and his colleagues cannot answer it meanwhile."""

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import Event, WorkItem
from models.people import Person, Post
from models.session import reading, transact
from tests.cast import MONDAY, Cast, build
from tests.play import Play
from workflow import engine as door
from workflow.errors import NotAllowed, Stale
from workflow.world import world_of


@pytest.fixture
def cast(session: Session) -> Cast:
    return build(session)


@pytest.fixture
def play(engine: Engine, cast: Cast) -> Play:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    colleague(play, "second")
    return play


def colleague(play: Play, name: str) -> None:
    """Let one more leader sit at the receiving school's desk."""

    def work(session: Session) -> int:
        person = Person(username=name, name=name, created_at=MONDAY)
        session.add(person)
        session.flush()
        post = {"org_id": play.cast.org["a1"], "role": "school_leader", "valid_from": MONDAY.date()}
        session.add(Post(person_id=person.id, **post))
        return person.id

    play.cast.person[name] = transact(play.engine, work)


def offered(play: Play, who: str) -> set[str]:
    """Which common acts somebody may take now."""
    with reading(play.engine) as session:
        actor = play.cast.actor(session, who)
        step = door.look(session, play.no, actor, world_of(session), play.now)
        return {option.action for option in door.further(step) if option.allowed}


def test_what_one_colleague_took_another_cannot_answer_until_it_is_put_back(play: Play) -> None:
    play.act("a1:school_leader", "claim")
    with pytest.raises(NotAllowed):
        play.act("second", "approve")
    play.act("a1:school_leader", "release")
    play.act("second", "approve")
    assert play.phase != "receiving_school"


def test_taking_a_question_makes_no_open_page_stale_but_is_written_down(play: Play) -> None:
    seen = play.case().revision
    play.act("a1:school_leader", "claim")
    assert play.case().revision == seen
    play.act("a1:school_leader", "approve", revision=seen)
    with reading(play.engine) as session:
        acts = list(session.scalars(select(Event.action).order_by(Event.seq)))
        item = session.scalars(select(WorkItem).where(WorkItem.phase == "receiving_school")).one()
    assert acts[-2:] == ["claim", "approve"]
    assert item.closed_by == play.cast.person["a1:school_leader"]


def test_a_case_is_taken_once_and_only_by_whom_it_waits_for(play: Play) -> None:
    assert "claim" in offered(play, "second")
    play.act("a1:school_leader", "claim")
    assert offered(play, "a1:school_leader") & {"claim", "release"} == {"release"}
    for stranger in ("second", "a1:school_clerk", "k1:dept_leader"):
        assert not offered(play, stranger) & {"claim", "release"}
        with pytest.raises(NotAllowed):
            play.act(stranger, "claim")


def test_a_page_that_never_was_is_stale(play: Play) -> None:
    with pytest.raises(Stale):
        play.act("a1:school_leader", "claim", revision=99)


def test_a_draft_and_a_closed_case_know_no_common_act(engine: Engine, play: Play) -> None:
    draft = Play(engine, play.cast).open("a2", "丁思欣")
    assert offered(draft, "a2:school_clerk") == set()
    play.act("a1:school_clerk", "withdraw")
    assert offered(play, "a1:school_leader") == set()
