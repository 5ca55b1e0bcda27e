"""Schools and offices close and merge: what waits goes to the successor, and nobody's case is lost."""

import datetime as dt

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import Case, Event, WorkItem
from models.organisations import Organisation
from models.people import Person, Post
from models.session import transact
from tests.cast import MONDAY, Cast, build
from tests.play import Play
from workflow import closing, journal
from workflow.errors import NotAllowed, Unacceptable

NOON = MONDAY + dt.timedelta(hours=3)


@pytest.fixture
def cast(session: Session) -> Cast:
    return build(session)


@pytest.fixture
def play(engine: Engine, cast: Cast) -> Play:
    return Play(engine, cast)


def merge(engine: Engine, cast: Cast, old: str, new: str) -> list[str]:
    def work(session: Session) -> list[str]:
        org, into = (session.get_one(Organisation, cast.org[one]) for one in (old, new))
        by = session.get_one(Person, cast.person["prov:dept_clerk"])
        return closing.merge(session, org, into, NOON.date(), ordered_by=by, now=NOON)

    return transact(engine, work)


def test_the_county_that_takes_over_decides_what_waited(
    engine: Engine, session: Session, play: Play, cast: Cast
) -> None:
    play.open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    play.act("a2:school_leader", "approve")
    assert merge(engine, cast, "k1", "k2") == [play.no]
    with pytest.raises(NotAllowed, match="approve"):
        play.act("k1:dept_leader", "approve")
    assert play.act("k2:dept_leader", "approve").phase == "arrival"
    item = session.scalars(select(WorkItem).where(WorkItem.phase == "common_department")).one()
    assert item.queue == f"{cast.org['k2']}:dept_leader"
    case = session.scalars(select(Case).where(Case.no == play.no)).one()
    redirect = session.scalars(select(Event).where(Event.action == "redirect")).one()
    assert (redirect.body["from"], redirect.body["to"]) == (cast.code["k1"], cast.code["k2"])
    assert journal.broken(session, case) is None
    schools = session.scalars(select(Organisation).where(Organisation.competent_dept_id == cast.org["k2"])).all()
    assert {school.code for school in schools} == {cast.code[short] for short in ("a1", "a2", "a3", "b1")}
    assert all(f"/{cast.org['k2']}/" in school.path for school in schools)


def test_a_question_that_comes_later_goes_to_the_successor_too(engine: Engine, play: Play, cast: Cast) -> None:
    play.open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    merge(engine, cast, "k1", "k2")
    play.act("a1:school_leader", "approve")
    assert play.act("a2:school_leader", "approve").phase == "common_department"
    assert play.act("k2:dept_leader", "approve").phase == "arrival"


def test_a_school_hands_over_its_classes_and_ends_its_posts(
    engine: Engine, session: Session, play: Play, cast: Cast
) -> None:
    play.open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    merge(engine, cast, "a2", "b1")
    assert play.act("b1:school_leader", "approve").phase == "common_department"
    assert all(post.valid_to for post in session.scalars(select(Post).where(Post.org_id == cast.org["a2"])))


def test_a_school_with_requests_of_its_own_is_not_merged_away(engine: Engine, play: Play, cast: Cast) -> None:
    play.open("a1", "沈明铭")
    with pytest.raises(Unacceptable, match="1 件自己提出的转学申请"):
        merge(engine, cast, "a1", "a2")


@pytest.mark.parametrize(("old", "new"), [("a1", "k1"), ("k1", "k1"), ("city1", "k1")])
def test_what_cannot_be_merged_is_refused(engine: Engine, cast: Cast, old: str, new: str) -> None:
    with pytest.raises(Unacceptable):
        merge(engine, cast, old, new)


def test_only_an_empty_school_closes(session: Session, cast: Cast) -> None:
    school = session.get_one(Organisation, cast.org["a1"])
    with pytest.raises(Unacceptable, match="1 名在籍学生"):
        closing.close(session, school, NOON.date())
    office = session.get_one(Organisation, cast.org["k1"])
    with pytest.raises(Unacceptable, match="3 个下属单位"):
        closing.close(session, office, NOON.date())
