"""Comments between the parties, and whom an @ tells (B10)."""

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import Event
from models.outbox import OutboxRow
from models.people import Person, Post
from models.session import reading, transact
from tests.cast import MONDAY, Cast, build
from tests.consistency import assert_consistent
from tests.dispute import Dispute
from tests.play import Play
from workflow import talk
from workflow.errors import NotAllowed, NotFound, Unmet


@pytest.fixture
def cast(session: Session) -> Cast:
    return build(session)


@pytest.fixture
def play(engine: Engine, cast: Cast) -> Play:
    play = Play(engine, cast).open("a1", "沈明铭")
    play.act("a1:school_clerk", "submit")
    return play


def say(play: Play, who: str, words: str, *also: str) -> None:
    transact(play.engine, lambda session: talk.say(session, play.no, play.cast.person[who], words, play.now, also))


def mentioned(play: Play) -> list[str]:
    with reading(play.engine) as session:
        rows = session.scalars(select(OutboxRow).where(OutboxRow.topic == "notice").order_by(OutboxRow.id))
        return [row.recipient for row in rows if row.payload["purpose"] == "mentioned"]


def rename(play: Play, who: str, name: str) -> None:
    def work(session: Session) -> None:
        session.get_one(Person, play.cast.person[who]).name = name

    transact(play.engine, work)


def at(play: Play, who: str) -> str:
    office, _, role = who.partition(":")
    return f"{play.cast.org[office]}:{role}@{play.cast.person[who]}"


@pytest.mark.parametrize(
    "words",
    [
        "请@古丽米拉·买买提看一下",
        "@古丽米拉·买买提，请核对",
        "请核对 @a2-school_leader",
        "@古丽米拉·买买提 和@a2-school_leader 是同一人",
    ],
)
def test_who_is_named_is_told_once(play: Play, words: str) -> None:
    rename(play, "a2:school_leader", "古丽米拉·买买提")
    say(play, "a1:school_clerk", words)
    assert mentioned(play) == [at(play, "a2:school_leader")]
    assert_consistent(play.engine)


def test_the_longest_name_is_meant_for_no_blank_ends_it(play: Play) -> None:
    rename(play, "a2:school_leader", "王晓")
    rename(play, "a2:school_clerk", "王晓明")
    say(play, "a1:school_clerk", "请@王晓明看")
    assert mentioned(play) == [at(play, "a2:school_clerk")]


def test_of_two_with_one_name_the_user_name_is_asked(play: Play) -> None:
    rename(play, "a2:school_leader", "王晓")
    rename(play, "k1:dept_leader", "王晓")
    with pytest.raises(Unmet) as refused:
        say(play, "a1:school_clerk", "请@王晓看")
    [reason] = refused.value.reasons
    assert "@a2-school_leader" in reason.message
    assert reason.field == "comment"
    assert mentioned(play) == []


@pytest.mark.parametrize(
    "name", ["@b1-school_leader", "@k3-dept_leader", "@prov-dept_leader", "@没有这个人", "@ a2-school_leader @x"]
)
def test_only_people_of_the_case_can_be_named(play: Play, name: str) -> None:
    with pytest.raises(Unmet):
        say(play, "a1:school_clerk", f"请{name}看")
    with reading(play.engine) as session:
        assert session.scalars(select(Event).where(Event.action == "comment")).all() == []


def test_a_mail_address_names_nobody(play: Play) -> None:
    say(play, "a1:school_clerk", "家长邮箱 parent.li@example.org，已电话联系")
    assert mentioned(play) == []


def test_people_may_be_told_without_being_named(play: Play) -> None:
    with reading(play.engine) as session:
        public = session.get_one(Person, play.cast.person["k1:dept_leader"]).public_id
        stranger = session.get_one(Person, play.cast.person["b1:school_clerk"]).public_id
    say(play, "a1:school_clerk", "材料已补", public)
    assert mentioned(play) == [at(play, "k1:dept_leader")]
    with pytest.raises(Unmet):
        say(play, "a1:school_clerk", "材料已补", stranger)


def test_a_whole_number_of_a_child_is_not_shown_to_all_parties(play: Play) -> None:
    number = play.cast.record_no["沈明铭"]
    for words in (
        number,
        f"证件号{number[1:]}请核对",
        f"号码{number[1:].translate(str.maketrans('0123456789', '０１２３４５６７８９'))}",
    ):
        with pytest.raises(Unmet):
            say(play, "a1:school_clerk", words)
    say(play, "a1:school_clerk", f"{play.no}：证件号末四位 {number[-4:]}，电话 13800138000")


def test_strangers_and_readers_above_do_not_speak(play: Play) -> None:
    with pytest.raises(NotFound):
        say(play, "b1:school_clerk", "路过")
    with pytest.raises(NotAllowed):
        say(play, "city1:dept_leader", "路过")


def test_a_side_of_a_problem_calls_its_own_line_and_nobody_else(engine: Engine, cast: Cast) -> None:
    dispute = Dispute(engine, cast).about(("a1", "王小明"), ("b1", "王晓明"))
    say(dispute, "a1:school_clerk", "请@k1-dept_clerk 看一下")
    assert mentioned(dispute) == [at(dispute, "k1:dept_clerk")]
    for other in ("b1-school_clerk", "k2-dept_clerk"):
        with pytest.raises(Unmet):
            say(dispute, "a1:school_clerk", f"请@{other} 看一下")


def test_a_colleague_with_two_posts_is_told_once(play: Play) -> None:
    person = play.cast.person["a2:school_leader"]
    second = {"org_id": play.cast.org["a2"], "role": "school_clerk", "valid_from": MONDAY.date()}
    transact(play.engine, lambda session: session.add(Post(person_id=person, **second)))
    say(play, "a1:school_clerk", "请@a2-school_leader 看")
    assert len(mentioned(play)) == 1
