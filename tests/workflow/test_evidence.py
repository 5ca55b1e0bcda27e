"""Papers of a case: who may hand in, look at and take back, how many, and what stays of them."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from models import crypto
from models.access import AccessEntry
from models.cases import Case, Event
from models.crypto import SealBroken
from models.evidence import Evidence
from models.session import reading, transact
from tests import scans
from tests.cast import MONDAY, Cast, build
from tests.play import Play
from workflow import evidence, journal
from workflow.errors import NotAllowed, NotFound, Unacceptable, Unmet
from workflow.files.opening import Inspected
from workflow.storage import Store
from workflow.transfers import drafts
from workflow.world import world_of

CONTENT = scans.picture()
KNOWN = Inspected("image/jpeg", 1)
on_one_database = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For what does not depend on the kind of database."""


@pytest.fixture
def cast(session: Session) -> Cast:
    return build(session)


@pytest.fixture
def play(engine: Engine, cast: Cast) -> Play:
    return Play(engine, cast).open("a1", "沈明铭")


class Desk:
    """People of the cast hand in papers, each in a transaction of its own."""

    def __init__(self, database: Engine, cast: Cast, folder: Path) -> None:
        self.engine, self.cast, self.store = database, cast, Store(folder)

    def hand_in(self, who: str, case: Case | None = None, **given: object) -> Evidence:
        values = {"kind": "户口簿", "file_name": "沈明铭 户口簿.jpg", "content": CONTENT, "inspected": KNOWN, **given}

        def work(session: Session) -> Evidence:
            actor = self.cast.actor(session, who)
            org_id = self.cast.org[who.split(":")[0]]
            return evidence.take_in(
                session, self.store, actor=actor, now=MONDAY, case=case, **{"org_id": org_id, **values}
            )

        return transact(self.engine, work)

    def find(self, who: str, paper: Evidence) -> Evidence:
        with reading(self.engine) as session:
            actor = self.cast.actor(session, who)
            return evidence.find(session, paper.public_id, actor, world_of(session), MONDAY)

    def attach(self, who: str, case: Case, ids: list[str]) -> None:
        person, seen = self.cast.person[who], case.revision
        transact(self.engine, lambda session: drafts.change(session, case.no, person, {"evidence": ids}, seen, MONDAY))

    def withdraw(self, who: str, paper: Evidence) -> Evidence:
        def work(session: Session) -> Evidence:
            actor, world = self.cast.actor(session, who), world_of(session)
            return evidence.withdraw_paper(session, actor=actor, public_id=paper.public_id, world=world, now=MONDAY)

        return transact(self.engine, work)


@pytest.fixture
def desk(engine: Engine, cast: Cast, tmp_path: Path) -> Desk:
    return Desk(engine, cast, tmp_path / "files")


@on_one_database
def test_a_paper_comes_back_as_it_was_handed_in(desk: Desk, tmp_path: Path) -> None:
    paper = desk.hand_in("a1:school_clerk", inspected=None)
    assert (paper.media_type, paper.pages, paper.size) == ("image/jpeg", 1, len(CONTENT))
    assert paper.digest == hashlib.sha256(CONTENT).digest()
    assert evidence.content_of(desk.store, paper) == CONTENT
    (stored,) = [path for path in (tmp_path / "files").rglob("*") if path.is_file()]
    assert CONTENT[:16] not in stored.read_bytes()
    assert "沈" not in str(stored)


@on_one_database
def test_a_copied_row_does_not_open_under_another_id(desk: Desk) -> None:
    paper = desk.hand_in("a1:school_clerk")
    copy = Evidence(public_id="z" * 26, digest=paper.digest, storage_key=paper.storage_key, data_key=paper.data_key)
    with pytest.raises(SealBroken):
        evidence.content_of(desk.store, copy)


@on_one_database
def test_a_row_that_points_to_another_rows_file_does_not_open(desk: Desk) -> None:
    one, other = desk.hand_in("a1:school_clerk"), desk.hand_in("a1:school_clerk")
    one.storage_key = other.storage_key
    with pytest.raises(SealBroken):
        evidence.content_of(desk.store, one)


@on_one_database
def test_a_refused_file_leaves_no_row_and_no_file(desk: Desk, session: Session, tmp_path: Path) -> None:
    with pytest.raises(Unacceptable) as refused:
        desk.hand_in("a1:school_clerk", content=b"plain text", inspected=None)
    assert (refused.value.field, refused.value.code) == ("file", "type")
    assert session.scalars(select(Evidence)).all() == []
    assert not [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


@on_one_database
@pytest.mark.parametrize("kind", ["", "  ", "类" * 31, "户口\n簿", "户口\u202e簿", "a\0"])
def test_a_kind_that_is_no_name_is_refused_at_its_field(desk: Desk, kind: str) -> None:
    with pytest.raises(Unacceptable) as refused:
        desk.hand_in("a1:school_clerk", kind=kind)
    assert (refused.value.field, refused.value.limit) == ("kind", 30)


@on_one_database
def test_nobody_hands_in_for_another_organisation(desk: Desk, cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        desk.hand_in("a1:school_clerk", org_id=cast.org["b1"])


def test_a_waiting_paper_is_seen_by_its_own_organisation_only(desk: Desk) -> None:
    paper = desk.hand_in("a1:school_clerk")
    assert desk.find("a1:school_leader", paper).public_id == paper.public_id
    for who in ("b1:school_clerk", "k1:dept_leader", "a2:school_clerk"):
        with pytest.raises(NotFound):
            desk.find(who, paper)


def test_a_paper_of_a_case_is_seen_by_whoever_may_see_the_case(desk: Desk, play: Play) -> None:
    paper = desk.hand_in("a1:school_clerk", play.case())
    with pytest.raises(NotFound):
        desk.find("a2:school_leader", paper)
    play.act("a1:school_clerk", "submit")
    for who in ("a2:school_leader", "k1:dept_leader", "city1:dept_clerk"):
        assert desk.find(who, paper).public_id == paper.public_id
    for who in ("b1:school_clerk", "k3:dept_leader", "e1:school_clerk"):
        with pytest.raises(NotFound):
            desk.find(who, paper)


def test_the_digest_and_the_sealed_name_enter_the_chain(desk: Desk, play: Play, session: Session) -> None:
    paper = desk.hand_in("a1:school_clerk", play.case(), file_name="C:\\沈明铭.jpg")
    case = play.case()
    event = session.scalars(select(Event).where(Event.case_id == case.id, Event.action == "attach")).one()
    assert event.body["digest"] == paper.digest.hex()
    assert event.body["evidence"] == paper.public_id
    assert "沈明铭" not in str(event.body)
    assert journal.opened(case, event)["note"] == "C:\\沈明铭.jpg"
    assert paper.file_name == "沈明铭.jpg"
    assert journal.broken(session, case) is None
    assert case.revision == 0


@on_one_database
def test_while_it_is_a_draft_only_the_applicant_adds_papers(desk: Desk, play: Play) -> None:
    with pytest.raises(NotAllowed):
        desk.hand_in("a1:school_leader", play.case())
    with pytest.raises(NotFound):
        desk.hand_in("a2:school_clerk", play.case())


@on_one_database
def test_once_sent_whoever_the_case_waits_for_adds_papers(desk: Desk, play: Play) -> None:
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    with pytest.raises(NotAllowed):
        desk.hand_in("a1:school_clerk", play.case())
    paper = desk.hand_in("a2:school_clerk", play.case(), kind="情况说明")
    assert paper.org_id == desk.cast.org["a2"]
    with pytest.raises(NotAllowed):
        desk.hand_in("k1:dept_clerk", play.case())


@on_one_database
def test_a_finished_case_takes_no_more_papers(desk: Desk, play: Play) -> None:
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_clerk", "withdraw", comment="家长改变主意")
    with pytest.raises(NotAllowed):
        desk.hand_in("a1:school_clerk", play.case())


def test_a_second_click_does_not_hand_in_twice(desk: Desk, play: Play) -> None:
    case = play.case()
    first = desk.hand_in("a1:school_clerk", case)
    assert desk.hand_in("a1:school_clerk", case).public_id == first.public_id
    assert desk.hand_in("a1:school_clerk", case, kind="居住证").public_id != first.public_id
    desk.withdraw("a1:school_clerk", first)
    assert desk.hand_in("a1:school_clerk", case).public_id != first.public_id


def test_a_case_holds_twenty_papers(desk: Desk, play: Play) -> None:
    case = play.case()
    papers = [desk.hand_in("a1:school_clerk", case, kind=f"材料{number}") for number in range(17)]
    with pytest.raises(Unacceptable) as refused:
        desk.hand_in("a1:school_clerk", case, kind="再一份")
    assert (refused.value.code, refused.value.limit) == ("case_files", 20)
    assert "已有 20 份" in refused.value.message
    desk.withdraw("a1:school_clerk", papers[0])
    desk.hand_in("a1:school_clerk", case, kind="再一份")


@on_one_database
def test_papers_attached_by_their_ids_count_too(desk: Desk, play: Play) -> None:
    waiting = [desk.hand_in("a1:school_clerk", kind=f"材料{number}").public_id for number in range(18)]
    with pytest.raises(Unmet) as refused:
        desk.attach("a1:school_clerk", play.case(), waiting)
    (reason,) = refused.value.reasons
    assert (reason.field, "最多 20 份" in reason.message) == ("evidence", True)
    desk.attach("a1:school_clerk", play.case(), waiting[:17])
    desk.attach("a1:school_clerk", play.case(), waiting[:17])


def test_a_case_holds_sixty_megabytes(desk: Desk, play: Play, session: Session) -> None:
    case = play.case()
    paper = desk.hand_in("a1:school_clerk", case)
    session.execute(update(Evidence).where(Evidence.id == paper.id).values(size=60 * 1024 * 1024 - 20))
    session.commit()
    with pytest.raises(Unacceptable) as refused:
        desk.hand_in("a1:school_clerk", case, kind="再一份")
    assert (refused.value.code, refused.value.limit) == ("case_bytes", 60 * 1024 * 1024)


@on_one_database
def test_an_organisation_cannot_pile_up_papers_without_a_case(
    desk: Desk, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evidence, "WAITING_FILES", 2)
    desk.hand_in("a1:school_clerk")
    desk.withdraw("a1:school_clerk", desk.hand_in("a1:school_clerk"))
    desk.hand_in("a1:school_leader")
    with pytest.raises(Unacceptable) as refused:
        desk.hand_in("a1:school_clerk")
    assert refused.value.code == "waiting_files"
    desk.hand_in("b1:school_clerk")


def test_a_paper_taken_back_stays_on_record(desk: Desk, play: Play, session: Session) -> None:
    paper = desk.hand_in("a1:school_clerk", play.case())
    desk.withdraw("a1:school_clerk", paper)
    kept = session.scalars(select(Evidence).where(Evidence.public_id == paper.public_id)).one()
    assert kept.withdrawn_at == MONDAY
    assert evidence.content_of(desk.store, kept) == CONTENT
    case = play.case()
    actions = session.scalars(select(Event.action).where(Event.case_id == case.id).order_by(Event.seq)).all()
    assert actions == ["open", "attach", "withdraw_paper"]
    assert journal.broken(session, case) is None
    session.rollback()
    with pytest.raises(NotAllowed):
        desk.withdraw("a1:school_clerk", paper)


@on_one_database
def test_after_sending_no_paper_is_taken_back(desk: Desk, play: Play) -> None:
    paper = desk.hand_in("a1:school_clerk", play.case())
    play.act("a1:school_clerk", "submit")
    with pytest.raises(NotAllowed, match="已提交"):
        desk.withdraw("a1:school_clerk", paper)
    with pytest.raises(NotAllowed):
        desk.withdraw("k1:dept_leader", paper)
    with pytest.raises(NotFound):
        desk.withdraw("b1:school_clerk", paper)


@on_one_database
def test_a_case_sent_back_can_change_its_papers(desk: Desk, play: Play) -> None:
    blurred = desk.hand_in("a1:school_clerk", play.case())
    play.act("a1:school_clerk", "submit")
    play.act("a1:school_leader", "approve")
    play.act("a2:school_leader", "return", comment="户口簿看不清", items=["户口簿"])
    desk.withdraw("a1:school_clerk", blurred)
    desk.hand_in("a1:school_clerk", play.case())
    assert desk.find("a2:school_leader", blurred).withdrawn_at == MONDAY


def test_the_same_scan_in_another_case_is_a_known_fact(
    desk: Desk, play: Play, engine: Engine, cast: Cast, session: Session
) -> None:
    second = Play(engine, cast).open("b1", "古丽娜尔·艾合买提", target_grade=3)
    first_paper = desk.hand_in("a1:school_clerk", play.case())
    other_paper = desk.hand_in("b1:school_clerk", second.case())
    third = desk.hand_in("a1:school_clerk", play.case(), content=scans.picture(size=(601, 800)))
    assert evidence.used_elsewhere(session, first_paper) == [second.no]
    assert evidence.used_elsewhere(session, other_paper) == [play.no]
    assert evidence.used_elsewhere(session, third) == []


def test_every_look_is_written_down(desk: Desk, play: Play, session: Session) -> None:
    paper = desk.hand_in("a1:school_clerk", play.case())
    actor = desk.cast.actor(session, "a1:school_leader")
    evidence.note_look(session, actor, paper, "第 1 页", MONDAY)
    session.commit()
    entry = session.scalars(select(AccessEntry)).one()
    assert (entry.person_id, entry.case_id, entry.what) == (actor.id, play.case().id, "evidence")
    assert entry.purpose == f"{paper.public_id} 第 1 页"


@on_one_database
def test_a_destroyed_data_key_destroys_the_scan(desk: Desk) -> None:
    paper = desk.hand_in("a1:school_clerk")
    paper.data_key = b""
    with pytest.raises(SealBroken):
        evidence.content_of(desk.store, paper)
    assert crypto.current() is not None
