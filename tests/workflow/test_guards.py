"""Every guard says its sentence, with severity and citation, to whoever asks; a jurisdiction sets how strictly."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from models.cases import Case
from models.findings import Finding, FindingRecord
from models.organisations import Organisation
from models.people import Post
from models.session import reading
from models.students import Student
from tests.cast import MONDAY, Cast, add_pupil
from tests.consistency import assert_consistent
from tests.decree import decree
from tests.play import Play
from workflow import engine as door
from workflow.calendar import day_of
from workflow.errors import Reason, Unmet
from workflow.transfers.guards import GUARDS
from workflow.world import touch, world_of

ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""Guards read facts that are gathered on both databases elsewhere; what they say does not depend on the database."""
SECOND_TERM = dt.datetime(2026, 2, 26, 1, tzinfo=dt.UTC)
NOVEMBER = dt.datetime(2025, 11, 12, 1, tzinfo=dt.UTC)


@dataclass
class Stage:
    """What a scene may touch before the request is opened."""

    session: Session
    cast: Cast
    play: Play
    engine: Engine

    def student(self, name: str) -> Student:
        return self.session.get_one(Student, self.cast.pupil[name])

    def school(self, short: str) -> Organisation:
        return self.session.get_one(Organisation, self.cast.org[short])

    def more(self, school: str, grade: int, name: str = "周新") -> str:
        add_pupil(self.session, self.cast, school, name, "male", grade=grade, sequence=60 + len(self.cast.pupil))
        return name


@dataclass(frozen=True)
class Scene:
    """A guard, what it says, and the state in which it says so. `at` is the day, `office` whose policy counts."""

    guard: str
    severity: str
    says: str
    prepare: Callable[[Stage], None]
    at: dt.datetime = MONDAY
    office: str = "k1"
    names: str = field(default="", compare=False)


def moves(pupil: str = "沈明铭", school: str = "a1", **values: object) -> Callable[[Stage], None]:
    return lambda stage: _open(stage, school, pupil, **values)


def _open(stage: Stage, school: str, pupil: str, **values: object) -> None:
    touch(stage.session, "organisation")
    stage.session.commit()
    stage.play.open(school, pupil, **values)  # type: ignore[arg-type]


def _another_request(stage: Stage) -> None:
    other = Play(stage.engine, stage.cast).open("b1", "沈明铭")
    other.act("b1:school_clerk", "submit")
    _open(stage, "a1", "沈明铭")


def _two_drafts(stage: Stage) -> None:
    Play(stage.engine, stage.cast).open("a1", "沈明铭")
    _open(stage, "a1", "沈明铭")


def _problem_record(stage: Stage) -> None:
    records = [FindingRecord(student_id=stage.cast.pupil["沈明铭"])]
    stage.session.add(Finding(kind="id_exact", key=b"k" * 32, found_at=MONDAY, records=records))
    _open(stage, "a1", "沈明铭")


def _freeze(stage: Stage) -> None:
    decree(stage.session, "transfer.freezes", [{"from": "2025-08-25", "to": "2025-09-05"}], stage.cast.org["k1"])
    _open(stage, "a1", "沈明铭")


def _suspended(stage: Stage) -> None:
    stage.student("沈明铭").suspended_from = dt.date(2025, 3, 3)
    stage.student("沈明铭").suspended_to = dt.date(2026, 3, 2)
    _open(stage, "a1", "沈明铭")


def _disciplined(stage: Stage) -> None:
    stage.student("沈明铭").disciplinary = True
    _open(stage, "a1", "沈明铭")


def _sizes(warn: int, block: int) -> Callable[[Stage], None]:
    def prepare(stage: Stage) -> None:
        limits = {"warn": warn, "block": block}
        decree(stage.session, "class.size", {"primary": limits}, stage.cast.org["k1"])
        _open(stage, "a1", "沈明铭")

    return prepare


def _of_grade(grade: int, *, leaves: str, enters: str, **schools: str) -> Callable[[Stage], None]:
    """A pupil of `grade`; `schools` gives kinds, and `demonstration` names a school that is one."""

    def prepare(stage: Stage) -> None:
        for short, kind in schools.items():
            if short == "demonstration":
                stage.school(kind).demonstration = True
            else:
                stage.school(short).kind = kind
        _open(stage, enters, stage.more(leaves, grade), target_grade=grade)

    return prepare


SENIOR = {"leaves": "a3", "enters": "c1"}
SCENES = [
    Scene("C1", "block", "没有找到姓名与学籍号都一致", moves(name="沈明明")),
    Scene("C1", "block", "已在本校就读", moves("丁思欣")),
    Scene("C2", "block", "还有未办结的业务", _another_request),
    Scene("C3", "block", "未处理的问题学籍", _problem_record),
    Scene("C4", "block", "本校已为该生建立申请（ZX2025-2199000001-0001）", _two_drafts),
    Scene("C5", "block", "还缺材料：居住证明、居住证、工作调动证明（任选其一）", moves(papers=("转学申请", "户口簿"))),
    Scene("C6", "block", "8月25日至9月5日暂停受理", _freeze),
    Scene("T1", "block", "该生现为五年级，不能转入四年级", moves(target_grade=4)),
    Scene("T1", "block", "不是转入年级的班级", moves(to_class="2022101")),
    Scene("T1", "block", "没有七年级", moves(target_grade=7)),
    Scene("T1", "block", "请填写转入年级", moves(target_grade="")),
    Scene("T2", "block", "正在休学", _suspended),
    Scene("T3", "warn", "处分尚未解除", _disciplined),
    Scene("T4", "block", "一年级第一学期", _of_grade(1, leaves="a2", enters="a1")),
    Scene("T5", "warn", "六年级为毕业年级", _of_grade(6, leaves="a2", enters="a1")),
    Scene("T5", "block", "六年级最后一学期", _of_grade(6, leaves="a2", enters="a1"), at=SECOND_TERM),
    Scene("T5", "block", "高三年级不办理", _of_grade(12, **SENIOR), office="city1"),
    Scene("T6", "block", "不在转学受理时段内（1月15日至3月15日、7月1日至9月15日）", moves(), at=NOVEMBER),
    Scene("T7", "warn", "转入后将有2人，超过标准班额1人", _sizes(1, 56)),
    Scene("T7", "block", "转入后将有2人，达到大班额", _sizes(1, 2)),
    Scene("T7", "block", "请选择转入班级", moves(to_class="")),
    Scene("T8", "info", "可由主管部门另行安排", _sizes(1, 2)),
    Scene("T11", "block", "不能转入示范性高中", _of_grade(11, **SENIOR, demonstration="c1"), SECOND_TERM, "city1"),
    Scene("T12", "block", "职业学校与普通高中之间", _of_grade(11, **SENIOR, a3="中等职业学校"), SECOND_TERM, "city1"),
    Scene("T13", "warn", "两所高中在同一县（区）", _of_grade(11, **SENIOR), SECOND_TERM, "city1"),
    Scene("T14", "block", "高一第一学期", _of_grade(10, **SENIOR), office="city1"),
    Scene("T15", "warn", "民办学校", _of_grade(11, **SENIOR, a3="民办普通高中"), SECOND_TERM, "city1"),
    Scene("T16", "info", "不要安排试读", moves()),
]
IDS = [f"{scene.guard}-{scene.severity}-{number}" for number, scene in enumerate(SCENES)]


@pytest.fixture
def stage(engine: Engine, session: Session, cast: Cast, play: Play) -> Iterator[Stage]:
    yield Stage(session, cast, play, engine)
    assert_consistent(engine)


def heard(stage: Stage, scene: Scene, action: str = "submit") -> list[Reason]:
    """What the clerk's page says about the action."""
    with reading(stage.engine) as session:
        no, now = stage.play.no, stage.play.now
        applicant = session.scalars(select(Case.applicant_id).where(Case.no == no)).one()
        actor = door.actor_of(session, applicant, day_of(now))
        step = door.look(session, no, actor, world_of(session), now)
        option = next(option for option in door.options(step) if option.action == action)
        return [reason for reason in option.reasons if reason.guard == scene.guard]


@ON_SQLITE
@pytest.mark.parametrize("scene", SCENES, ids=IDS)
def test_the_sentence_reaches_page_and_door_and_a_jurisdiction_decides_how_strictly(stage: Stage, scene: Scene) -> None:
    stage.play.now = scene.at
    scene.prepare(stage)
    said = heard(stage, scene)
    assert [reason.severity for reason in said] == [scene.severity]
    assert scene.says in said[0].message
    assert said[0].citation == GUARDS[scene.guard].citation != ""
    assert said[0].clears

    org = stage.cast.org
    decree(stage.session, f"guard.{scene.guard}", "off", org["k3"])
    assert [reason.severity for reason in heard(stage, scene)] == [scene.severity], "another county's rule"
    decree(stage.session, f"guard.{scene.guard}", "off", org["prov"])
    assert heard(stage, scene) == []
    decree(stage.session, f"guard.{scene.guard}", "warn", org[scene.office])
    assert [reason.severity for reason in heard(stage, scene)] == ["warn"], "the nearest jurisdiction wins"
    decree(stage.session, f"guard.{scene.guard}", "block", org[scene.office])

    clerk = next(who for who in ("a1:school_clerk", "c1:school_clerk") if _opened_by(stage, who))
    with pytest.raises(Unmet) as refused:
        stage.play.act(clerk, "submit")
    assert [r.severity for r in refused.value.reasons if r.guard == scene.guard] == ["block"]
    assert stage.play.phase == "draft"


def _opened_by(stage: Stage, who: str) -> bool:
    return stage.play.case().applicant_id == stage.cast.person[who]


def test_every_guard_that_speaks_at_submission_has_a_scene() -> None:
    assert {scene.guard for scene in SCENES} | {"C8"} == set(GUARDS)


@ON_SQLITE
def test_all_reasons_come_at_once_blockers_first(stage: Stage) -> None:
    stage.student("沈明铭").disciplinary = True
    _open(stage, "a1", "沈明铭", papers=(), target_grade=4, reason="")
    with pytest.raises(Unmet) as refused:
        stage.play.act("a1:school_clerk", "submit")
    reasons = refused.value.reasons
    assert {"field", "C5", "T1", "T3", "T16"} <= {reason.guard for reason in reasons}
    assert next(reason.field for reason in reasons if reason.guard == "field") == "reason"
    severities = [reason.severity for reason in reasons]
    assert severities == sorted(severities, key=["block", "warn", "info"].index)


@ON_SQLITE
def test_a_warning_stops_nobody(stage: Stage) -> None:
    _disciplined(stage)
    assert stage.play.act("a1:school_clerk", "submit").phase == "receiving_school"


def test_the_record_is_looked_at_again_before_it_moves(stage: Stage) -> None:
    """C8 warns when the record changed after submission; C1, C3 and T2 stop what has become impossible since."""
    _open(stage, "a1", "沈明铭")
    play = stage.play
    play.act("a1:school_clerk", "submit")
    for who in ("a1:school_leader", "a2:school_leader", "k1:dept_leader"):
        play.act(who, "approve")
    scene = Scene("C8", "warn", "学籍信息有变动", moves())
    assert heard(stage, scene, "confirm_arrival") == []
    stage.student("沈明铭").version += 1
    stage.session.commit()
    said = heard(stage, scene, "confirm_arrival")
    assert [(reason.severity, reason.citation) for reason in said] == [("warn", GUARDS["C8"].citation)]
    decree(stage.session, "guard.C8", "block", stage.cast.org["k1"])
    _suspended_now = stage.student("沈明铭")
    _suspended_now.status = "02"
    stage.session.commit()
    with pytest.raises(Unmet) as refused:
        play.act("a1:school_clerk", "confirm_arrival", on_date="2025-09-01")
    assert {reason.guard for reason in refused.value.reasons if reason.blocks} == {"C8", "T2"}
    assert play.phase == "arrival"


@ON_SQLITE
def test_a_rule_for_a_stage_goes_before_the_general_one_and_old_rules_have_ended(stage: Stage) -> None:
    _disciplined(stage)
    scene = Scene("T3", "warn", "", moves())
    county = stage.cast.org["k1"]
    decree(stage.session, "guard.T3", "block", county, stage="primary")
    decree(stage.session, "guard.T3", "off", county, since=dt.date(2025, 1, 1))
    assert [reason.severity for reason in heard(stage, scene)] == ["block"]
    august = {"since": dt.date(2025, 8, 1), "until": dt.date(2025, 8, 31)}
    decree(stage.session, "guard.T3", "info", county, stage="primary", **august)
    assert [reason.severity for reason in heard(stage, scene)] == ["block"]
    decree(stage.session, "guard.T3", "no such word", county, stage="primary", since=dt.date(2025, 8, 2))
    assert [reason.severity for reason in heard(stage, scene)] == ["warn"], "an unknown word leaves the default"


def test_one_person_signs_once_and_never_for_a_request_of_his_own(stage: Stage) -> None:
    """C7 cannot be switched off: it belongs to the engine, not to a jurisdiction."""
    from_session = stage.session
    _add_post(from_session, stage.cast, "a1:school_clerk", "a1", "school_leader")
    _add_post(from_session, stage.cast, "a1:school_leader", "a2", "school_leader")
    decree(from_session, "guard.C7", "off", stage.cast.org["prov"])
    _open(stage, "a1", "沈明铭")
    play = stage.play
    play.act("a1:school_clerk", "submit")
    with pytest.raises(Unmet) as own:
        play.act("a1:school_clerk", "approve")
    play.act("a1:school_leader", "approve")
    with pytest.raises(Unmet) as twice:
        play.act("a1:school_leader", "approve")
    for refused, sentence in ((own, "由您提交"), (twice, "前一环节核办过")):
        assert [reason.guard for reason in refused.value.reasons] == ["C7"]
        assert sentence in refused.value.reasons[0].message
        assert refused.value.reasons[0].citation


def _add_post(session: Session, cast: Cast, who: str, school: str, role: str) -> None:
    session.add(Post(person_id=cast.person[who], org_id=cast.org[school], role=role, valid_from=dt.date(2024, 9, 1)))
    session.commit()
