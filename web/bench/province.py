"""The small fictional province in which the benches work: two counties, two schools, one request to be copied."""

import datetime as dt
from dataclasses import dataclass, field

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models import crypto
from models.evidence import Evidence
from models.organisations import Organisation, SchoolClass
from models.people import Person, Post
from models.session import transact
from models.students import Enrolment, Student
from workflow import engine as door
from workflow import processes
from workflow.calendar_files import shipped_rows, store
from workflow.identity import check_character
from workflow.transfers import drafts
from workflow.world import touch, world_of

NOW = dt.datetime(2025, 9, 1, 1, tzinfo=dt.UTC)
OFFICES = [
    ("province", "990000", "province", None),
    ("k1", "990101", "county", "province"),
    ("k2", "990102", "county", "province"),
    ("to", "2199000001", "school", "k1"),
    ("from", "2199000002", "school", "k2"),
]


@dataclass
class Province:
    """Numbers by short name; `signers` in the order of the route."""

    org: dict[str, int] = field(default_factory=dict)
    person: dict[str, int] = field(default_factory=dict)
    no: str = ""

    @property
    def signers(self) -> list[int]:
        return [self.person[f"{short}:leader"] for short in ("to", "k1", "from", "k2")]


def found(engine: Engine) -> Province:
    """Build the province and one request that waits for the receiving school's leader."""
    crypto.use(crypto.KeyRing.create())
    province = transact(engine, _offices)
    province.no = transact(engine, lambda session: _request(session, province))
    return province


def _offices(session: Session) -> Province:
    province = Province()
    for short, code, level, parent in OFFICES:
        _office(session, province, short, code, level, parent)
    store(session, "CN", shipped_rows())
    touch(session, "organisation")
    touch(session, "calendar")
    processes.publish(session, NOW)
    return province


def _office(session: Session, province: Province, short: str, code: str, level: str, parent: str | None) -> None:
    above = session.get_one(Organisation, province.org[parent]) if parent else None
    school = level == "school"
    office = Organisation(
        code=code, name=f"试验{code}", level=level, parent_id=above.id if above else None, area_code="990101",
        competent_dept_id=above.id if above and school else None, grades=[5] if school else [],
    )  # fmt: skip
    session.add(office)
    session.flush()
    office.path = f"{above.path if above else '/'}{office.id}/"
    province.org[short] = office.id
    for role in ("clerk", "leader"):
        person = Person(username=f"{short}-{role}", name="测试员", created_at=NOW)
        session.add(person)
        session.flush()
        post = Post(person_id=person.id, org_id=office.id, role=f"{'school' if school else 'dept'}_{role}")
        post.valid_from = NOW.date()
        session.add(post)
        province.person[f"{short}:{role}"] = person.id
    if school:
        session.add(SchoolClass(school_id=office.id, no="2021101", name="五年级1班", grade=5, entry="202109"))
    session.flush()


def _request(session: Session, province: Province) -> str:
    number = "99010120150312001"
    number = f"G{number}{check_character(number)}"
    student = Student(name="林小雨", name_key="林小雨", sex="male", birth_date=dt.date(2015, 3, 12), created_at=NOW)
    student.record_no = number
    session.add(student)
    session.flush()
    room = session.query(SchoolClass).filter_by(school_id=province.org["from"]).one()
    session.add(
        Enrolment(student_id=student.id, school_id=room.school_id, class_id=room.id, started_on=dt.date(2021, 9, 1))
    )
    clerk = province.person["to:clerk"]
    papers = [_paper(kind, province.org["to"], clerk) for kind in ("转学申请", "户口簿", "居住证明")]
    session.add_all(papers)
    session.flush()
    typed = {"name": student.name, "record_no": number, "target_grade": 5, "to_class": room.no, "reason": "随迁",
             "evidence": [paper.public_id for paper in papers]}  # fmt: skip
    world, actor = world_of(session), door.actor_of(session, clerk, NOW.date())
    case = drafts.start(session, actor, world.office(province.org["to"]), world, typed, NOW)
    door.do(session, case.no, "submit", clerk, now=NOW, key="bench-submit-0001", seen_revision=0)
    return case.no


def _paper(kind: str, org: int, person: int) -> Evidence:
    return Evidence(
        kind=kind, org_id=org, file_name=f"{kind}.pdf", media_type="application/pdf", size=10, digest=b"0" * 32,
        storage_key="none", data_key=b"", uploaded_by=person, uploaded_at=NOW,
    )  # fmt: skip
