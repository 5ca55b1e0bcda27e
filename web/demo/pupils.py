"""The demo's pupils: some with a part in a story, the rest so that classes are not empty. All numbers are invented."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.organisations import Organisation, SchoolClass
from models.students import Enrolment, Guardian, Student
from web.demo.groups import GROUPS, Group
from web.demo.province import PLACES, class_no
from workflow import findings
from workflow.duplicates import scoring
from workflow.identity import check_character
from workflow.identity_key import fold_name
from workflow.world import world_of

AREAS = {place.short: place.area for place in PLACES}


@dataclass(frozen=True)
class Part:
    """A pupil with a part in a story. `state` is suspended, disciplinary, wrong_number or no_number."""

    name: str
    sex: str
    school: str
    grade: int
    ethnicity: str = "汉族"
    state: str = ""


PARTS = (
    Part("沈明铭", "male", "xinmiao", 5),
    Part("古丽娜尔·艾合买提", "female", "wangyue", 4, "维吾尔族"),
    Part("苏婉清", "female", "chunhui", 11),
    Part("𠮷田䶮", "male", "hongwen", 4),
    Part("丁思欣", "female", "xinmiao", 3),
    Part("卢天志", "male", "wangyue", 3),
    Part("欧阳若溪", "female", "qingsong", 5),
    Part("高怡若", "female", "yuying", 4),
    Part("马卓然", "male", "xinmiao", 4, "回族"),
    Part("彭㛃", "female", "wangyue", 5),
    Part("杨佑明", "male", "hongwen", 5),
    Part("扎西·多吉", "male", "yuying", 2, "藏族"),
    Part("宋语桐", "female", "qingsong", 3),
    Part("罗亦辰", "male", "wangyue", 2),
    Part("谢知远", "male", "xinmiao", 2),
    Part("唐诗涵", "female", "hongwen", 3),
    Part("邓博文", "male", "wangyue", 4),
    Part("司马静", "female", "yuying", 8),
    Part("龙晓峰", "male", "yuying", 5, "苗族"),
    Part("黎梦瑶", "female", "shuguang", 3),
    Part("史浩然", "male", "chenguang", 11),
    Part("叶尔兰·木拉提", "male", "qingsong", 4, "哈萨克族"),
    Part("顾子墨", "male", "hongwen", 2),
    Part("梁雨薇", "female", "xinmiao", 5, state="suspended"),
    Part("郝思齐", "male", "siyuan", 8, state="disciplinary"),
    Part("梁一鸣", "male", "xinmiao", 4),
    Part("高兴华", "male", "yuying", 8),
    Part("崔明哲", "male", "yuying", 7),
    Part("汪梓涵", "female", "qingsong", 4),
    Part("薛佳宁", "female", "wangyue", 6),
    Part("鲁思辰", "male", "qingsong", 2, state="wrong_number"),
    Part("次仁央宗", "female", "wangyue", 2, "藏族", state="no_number"),
)
CROWD = (
    *((school, grade) for school in ("qingsong", "wangyue", "hongwen") for grade in (1, 2, 3, 4, 5, 6)),
    *((school, grade) for school in ("xinmiao", "shuguang") for grade in (3, 4, 5)),
    *((school, grade) for school in ("siyuan", "yuying", "qizhi") for grade in (7, 8)),
    *((school, 11) for school in ("qizhi", "chenguang", "chunhui")),
)
"""School and grade of the others."""

SURNAMES = "张王李刘陈杨黄周吴徐孙朱胡郭何"
GIVEN = ("子涵", "浩宇", "欣怡", "宇轩", "诗琪", "俊杰", "梓萱", "一诺", "雨桐", "天佑", "可馨")
ADULTS = ("建军", "秀兰", "国强", "丽华", "志刚", "桂芳", "卫东")


class Rolls:
    """Enters pupils into classes; `numbers` holds the record number of each by name."""

    def __init__(
        self, session: Session, offices: dict[str, Organisation], school_year: int, now: dt.datetime, today: dt.date
    ) -> None:
        self.session, self.offices, self.school_year = session, offices, school_year
        self.now, self.today = now, today
        self.numbers: dict[str, str] = {}
        self.students: dict[str, Student] = {}
        self._sequence = 0
        rooms = session.scalars(select(SchoolClass))
        self._rooms = {(room.school_id, room.no): room for room in rooms}

    def enter_all(self) -> None:
        """Enter everybody."""
        for part in PARTS:
            self._part(part)
        for number, (school, grade) in enumerate(CROWD):
            name = SURNAMES[number % len(SURNAMES)] + GIVEN[number % len(GIVEN)]
            self._enter(Part(name, "male" if number % 2 else "female", school, grade))
        self.session.flush()

    def _part(self, part: Part) -> None:
        student = self._enter(part)
        if part.state == "suspended":
            student.status, student.suspended_from = "02", self.today - dt.timedelta(days=60)
            student.suspended_to = student.suspended_from + dt.timedelta(days=365)
        student.disciplinary = part.state == "disciplinary"
        if part.state == "wrong_number":
            student.id_number = mistyped(str(student.id_number))
        if part.state == "no_number":
            student.id_number, student.record_no, student.id_type = None, None, "Z"

    def _enter(self, part: Part, number: str | None = None) -> Student:
        self._sequence += 1
        born = dt.date(self.school_year - part.grade - 6, 1 + self._sequence % 8, 1 + self._sequence % 27)
        own = number or id_number(AREAS[part.school], born, self._sequence, part.sex)
        student = Student(
            name=part.name, name_key=fold_name(part.name), sex=part.sex, birth_date=born, ethnicity=part.ethnicity,
            created_at=self.now, disputed=number is not None,
        )  # fmt: skip
        student.id_number, student.record_no = own, f"G{own}" if number is None else None
        student.details = self._details(part)
        student.guardians = self._guardians(part)
        self.session.add(student)
        self.session.flush()
        self._enrol(student, part)
        self.numbers[part.name], self.students[part.name] = student.record_no or "", student
        return student

    def _enrol(self, student: Student, part: Part) -> None:
        no = class_no(part.grade, self.school_year)
        room = self._rooms[(self.offices[part.school].id, no)]
        started = dt.date(int(room.entry[:4]), 9, 1)
        self.session.add(
            Enrolment(student_id=student.id, school_id=room.school_id, class_id=room.id, started_on=started)
        )

    def enter_groups(self) -> dict[str, int]:
        """Enter the records of every group with their finding; returns the finding of each by its key."""
        return {group.key: self._enter_group(group) for group in GROUPS}

    def _enter_group(self, group: Group) -> int:
        head, *others = group.records
        first = self._enter(Part(head.name, group.sex, head.school, head.grade))
        students = [first]
        for copy in others:
            number = first.id_number if group.how == "number" else None
            student = self._enter(Part(copy.name, group.sex, copy.school, copy.grade), number)
            student.birth_date = first.birth_date
            if group.how == "number" and len(students) == 1:
                student.record_no = f"L{first.id_number}"
            if group.how in ("alike", "twins"):
                student.id_number = beside(str(first.id_number), twins=group.how == "twins")
                student.record_no = f"G{student.id_number}"
            if copy.kin:
                self._same_family(first, student)
            students.append(student)
        if group.how == "twice":
            for student in students:
                student.id_number, student.record_no, student.id_type = None, None, "Z"
        self.session.flush()
        return self._found(self._finding(group, students))

    def _finding(self, group: Group, students: list[Student]) -> findings.Group:
        numbers = tuple(student.id for student in students)
        if group.how == "number":
            return findings.Group(findings.EXACT, students[0].id_number_index or b"", numbers)
        if group.how == "twice":
            one = students[0]
            return findings.Group(
                findings.SAME_PERSON, findings.same_person_key(one.name_key, one.sex, one.birth_date), numbers
            )
        found = scoring.assess(*(_facts(student) for student in students))
        key = findings.pair_key(*numbers)
        return findings.Group(findings.NEAR, key, numbers, score=found.score, reasons=tuple(found.reasons))

    def _found(self, group: findings.Group) -> int:
        (finding,) = findings.record(self.session, world_of(self.session), [group], self.now).findings
        return finding.id

    def _same_family(self, first: Student, student: Student) -> None:
        """Give a record the guardians of the first, as the parents wrote them down at the other school."""
        for theirs, own in zip(first.guardians, student.guardians, strict=True):
            own.name, own.relation, own.id_number, own.details = (
                theirs.name, theirs.relation, theirs.id_number, theirs.details
            )  # fmt: skip

    def _details(self, part: Part) -> dict[str, Any]:
        address = f"{self.offices[part.school].name[:3]}样例路{self._sequence}号"
        return {
            "籍贯": "岚川省",
            "户口性质": "非农业户口",
            "户口所在地行政区划代码": AREAS[part.school],
            "就读方式": "住校" if part.grade >= 10 else "走读",
            "现住址": address,
            "家庭地址": address,
            "通信地址": address,
            "联系电话": _phone(self._sequence),
            "邮政编码": "990000",
            "班内学号": f"{self._sequence:02d}",
        }

    def _guardians(self, part: Part) -> list[Guardian]:
        surname = part.name.split("·")[-1] if "·" in part.name else part.name[:1]
        found = []
        for position, (relation, sex) in enumerate((("父亲", "male"), ("母亲", "female")), 1):
            at = self._sequence + position
            family = surname if position == 1 else SURNAMES[at % len(SURNAMES)]
            guardian = Guardian(
                position=position, name=family + ADULTS[at % len(ADULTS)], relation=relation, id_type="1"
            )
            born = dt.date(1985 + at % 6, 1 + at % 12, 1 + at % 28)
            guardian.id_number = id_number(AREAS[part.school], born, 400 + self._sequence, sex)
            guardian.details = {"联系电话": _phone(500 * position + self._sequence), "工作单位": "样例公司"}
            found.append(guardian)
        return found


def id_number(area: str, born: dt.date, sequence: int, sex: str) -> str:
    """Return an invented number of area 99 with the right check character; odd sequences are boys."""
    order = (sequence * 2 - (1 if sex == "male" else 0)) % 1000
    first = f"{area}{born:%Y%m%d}{order:03d}"
    return first + check_character(first)


def beside(number: str, *, twins: bool) -> str:
    """Return a number one digit off, or the one that the office gives to the next child of the day."""
    order = int(number[14:17]) + (2 if twins else 200)
    first = f"{number[:14]}{order % 1000:03d}"
    return first + check_character(first)


def mistyped(number: str) -> str:
    """Return the number with a wrong check character."""
    return number[:17] + ("0" if number[17] != "0" else "1")


def _facts(student: Student) -> scoring.Facts:
    guardians = frozenset(one.id_number_index for one in student.guardians if one.id_number_index)
    return scoring.Facts(student.id, student.name, student.sex, student.birth_date, student.id_number,
                         student.record_no, guardians)  # fmt: skip


def _phone(number: int) -> str:
    """Return a telephone number with the prefix 154, which is not in use."""
    return f"154{number:08d}"
