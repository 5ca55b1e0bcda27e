"""Districts with planted duplicates and known answers, drawn by a seed: other offices, other faults, other children.

The answers are written down while planting, by rules of their own, so that they can contradict the program.
"""

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from typing import Any

from tests.make_workbook import TODAY, pupil, workbook
from workflow.identity import check_character

COUNTIES = {"990101": "990100", "990102": "990100", "990201": "990200", "990202": "990200"}
DEPARTMENTS = {**COUNTIES, "990100": "990000", "990200": "990000", "999000": "990000"}
SURNAMES = "赵钱孙周吴郑冯褚卫蒋韩朱秦尤许何吕施孔曹严华金魏陶姜"
GIVEN = "安邦昌达恩芳刚海佳康磊敏宁鹏琦荣爽涛旺欣阳哲波超东风光豪军坤龙平强仁森天伟祥勇"
FAR_SOUNDS = ("安邦", "昌达", "恩芳", "刚海")
HOMOPHONES = (("伟", "玮"), ("欣", "昕"), ("杰", "洁"), ("宇", "雨"), ("辰", "晨"), ("怡", "宜"))
LOOK_ALIKES = (("晴", "睛"), ("彤", "肜"), ("昊", "旲"), ("晏", "宴"), ("瑞", "端"))
CONFUSED = (("珊", "桑"), ("宁", "灵"), ("芬", "风"))
PARTS = (("古丽娜尔", "艾合买提"), ("阿依夏木", "买买提"), ("扎西", "卓玛"))
WRITTEN = ("plain", "full_width", "spaced", "hyphens", "lower_x", "apostrophe")


@dataclass
class Child:
    """What a row says of a pupil."""

    name: str
    sex: str
    born: dt.date
    number: str | None
    guardian: str
    shown: str | None = None
    """The number as it stands in the cell, where it is written in another way."""


@dataclass
class School:
    code: str
    department: str
    rows: list[Child] = field(default_factory=list)
    faults: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Sheet row: (kind, severity) of what is planted there."""

    def add(self, child: Child) -> str:
        self.rows.append(child)
        return f"{self.code}#{len(self.rows) + 1}"


class District:
    """A district that is being planted."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        departments = [*COUNTIES, "999000", "990100"]
        self.random.shuffle(departments)
        departments += self.random.sample(sorted(COUNTIES), 3)
        self.schools = [School(f"2199{seed:02}{place:04}", one) for place, one in enumerate(departments)]
        self.answers: dict[str, list[dict[str, Any]]] = {
            "id_duplicates": [], "nsb_duplicates": [], "near_pairs": [], "decoys": [],
        }  # fmt: skip
        self._used: set[str] = set()

    # ---- children ----------------------------------------------------------------------------------------------------

    def child(self, given: str | None = None, **values: Any) -> Child:
        """Return a child like no other one."""
        sex = values.pop("sex", self.random.choice("男女"))
        born = values.pop("born", dt.date(2013, 1, 1) + dt.timedelta(days=self.random.randrange(1400)))
        name = self.random.choice(SURNAMES) + (given or "".join(self.random.sample(GIVEN, 2)))
        found = Child(name, sex, born, self.number(born, sex), self.number(dt.date(1985, 1, 1), "女"))
        return replace(found, **values)

    def number(self, born: dt.date, sex: str) -> str:
        """Return a good number that differs from every other one in more than a slip."""
        while True:
            serial = self.random.randrange(500) * 2 + (sex == "男")
            body = f"99{self.random.randrange(101, 9999):04}{born:%Y%m%d}{serial:03}"
            if all(sum(a != b for a, b in zip(body, other, strict=True)) > 2 for other in self._used):
                self._used.add(body)
                return body + check_character(body)

    def digit_off(self, number: str, place: int) -> str:
        body = number[: place - 1] + str((int(number[place - 1]) + 2) % 10) + number[place:17]
        return body + check_character(body)

    def swapped(self, number: str) -> str:
        """Two neighbouring digits of the serial number swapped; the sex stays."""
        body = number[:14] + number[15] + number[14] + number[16]
        return body + check_character(body)

    # ---- what is planted ---------------------------------------------------------------------------------------------

    def plant(self) -> "District":
        for school in self.schools:
            for _ in range(self.random.randrange(5, 9)):
                school.add(self.child())
        for how in WRITTEN:
            self.exact(how)
        self.three_schools()
        self.same_file()
        for count in (2, 3):
            self.without_number(count)
        self.near()
        self.decoys()
        self.faults()
        return self

    def pair(self, count: int = 2) -> list[School]:
        return self.random.sample(self.schools, count)

    def note(self, kind: str, what: str, records: Sequence[str], schools: Sequence[School]) -> None:
        level, decider = common(schools)
        answer = {"id": f"{kind}-{len(self.answers[kind])}", "kind": what, "records": list(records), "level": level}
        self.answers[kind].append({**answer, "decider": decider, "children": [[record] for record in records]})

    def exact(self, how: str) -> None:
        """One number in two schools, the second time written in another way."""
        child = self.child()
        if how == "lower_x":
            while not (child.number or "").endswith("X"):
                child = self.child()
        schools = self.pair()
        again = replace(self.child(), number=child.number, born=child.born, sex=child.sex)
        again.shown = written(child.number or "", how)
        records = [schools[0].add(child), schools[1].add(again)]
        if how != "plain":
            schools[1].faults[int(records[1].partition("#")[2])] = (how, "warn")
        self.note("id_duplicates", how, records, schools)

    def three_schools(self) -> None:
        child, schools = self.child(), self.pair(3)
        records = [school.add(replace(self.child(), number=child.number, born=child.born, sex=child.sex))
                   for school in schools]  # fmt: skip
        self.note("id_duplicates", "three_schools", records, schools)

    def same_file(self) -> None:
        (school,), child = self.pair(1), self.child()
        records = [school.add(child), school.add(child)]
        school.faults[int(records[1].partition("#")[2])] = ("duplicate_in_file", "block")
        self.note("id_duplicates", "same_file", records, [school, school])

    def without_number(self, count: int) -> None:
        child, schools = self.child(number=None), self.pair(count)
        records = [school.add(replace(child, guardian=self.child().guardian)) for school in schools]
        self.note("nsb_duplicates", "without_number", records, schools)

    def near(self) -> None:
        for ones, others in (*HOMOPHONES, *LOOK_ALIKES, *CONFUSED):
            child = self.child("安" + ones)
            self.twice("name", child, name=child.name[:-1] + others, number=self.digit_off(child.number or "", 16))
        for first, second in PARTS:
            child = self.child(name=f"{first}·{second}")
            self.twice("parts", child, name=f"{second}·{first}", number=self.digit_off(child.number or "", 15))
        child = self.child()
        self.twice("order", child, name=child.name[1:] + child.name[0], number=self.digit_off(child.number or "", 6))
        child = self.child(number=None)
        child.number = self.number(child.born, child.sex)
        while child.number[14] == child.number[15]:
            child.number = self.number(child.born, child.sex)
        self.twice("swap", child, number=self.swapped(child.number))
        self.twice("bad_swap", child := self.child_with_two_digits(), shown=self.bad_swap(child.number or ""))
        child = self.child()
        self.twice("bad_check", child, shown=bad_check(child.number or ""))
        child = self.child()
        self.twice("another_number", child, number=self.number(child.born, child.sex))
        child = self.child()
        self.twice("one_without_number", child, number=None)
        child = self.child(born=dt.date(2014, 5, 11))
        later = child.born.replace(day=12)
        slip = (child.number or "")[:6] + f"{later:%Y%m%d}" + (child.number or "")[14:17]
        self.twice("birthday", child, born=later, number=slip + check_character(slip))

    def child_with_two_digits(self) -> Child:
        while (child := self.child()).number[14:16] in DOUBLES:  # type: ignore[index]
            pass
        return child

    def bad_swap(self, number: str) -> str:
        """Two digits swapped while the check character stays: what a typing hand does."""
        return number[:14] + number[15] + number[14] + number[16:]

    def twice(self, kind: str, child: Child, **changes: Any) -> None:
        """Enter one child at two schools, the second time with a slip; a shown number is blocked."""
        schools = self.pair()
        records = [schools[0].add(child), schools[1].add(replace(child, **changes))]
        if "shown" in changes:
            schools[1].faults[int(records[1].partition("#")[2])] = ("id_check_digit", "block")
        self.note("near_pairs", kind, records, schools)

    def decoys(self) -> None:
        child = self.child(FAR_SOUNDS[0])
        serial = int((child.number or "")[14:17])
        body = (child.number or "")[:14] + f"{serial + 2 if serial < 990 else serial - 2:03}"
        twin = replace(child, name=child.name[0] + FAR_SOUNDS[1], number=body + check_character(body))
        school = self.pair(1)[0]
        self.note("decoys", "twins", [school.add(child), school.add(twin)], [school, school])
        child = self.child()
        namesake = replace(self.child(), name=child.name, sex=child.sex, born=child.born)
        namesake.number = self.number(child.born, child.sex)
        self.apart("namesakes", child, namesake)
        child = self.child(FAR_SOUNDS[2])
        sibling = replace(self.child(FAR_SOUNDS[3]), guardian=child.guardian)
        self.apart("siblings", child, replace(sibling, name=child.name[0] + FAR_SOUNDS[3]))
        child = self.child(FAR_SOUNDS[0])
        self.apart("neighbours", child, replace(self.child(FAR_SOUNDS[3]), sex=child.sex, born=child.born,
                                                number=self.digit_off(child.number or "", 5)))  # fmt: skip

    def apart(self, kind: str, one: Child, other: Child) -> None:
        schools = self.pair()
        self.note("decoys", kind, [schools[0].add(one), schools[1].add(other)], schools)

    def faults(self) -> None:
        """Faults in cells that have nothing to do with duplicates."""
        for school in self.pair(4):
            child = self.child()
            record = school.add(replace(child, shown=(child.number or "")[:17]))
            school.faults[int(record.partition("#")[2])] = ("id_17_characters", "block")

    # ---- files -------------------------------------------------------------------------------------------------------

    def write(self, folder: Path) -> Path:
        (folder / "imports").mkdir(parents=True)
        files = {}
        for number, school in enumerate(self.schools):
            rows = [row_of(100 * number + place, school.code, child) for place, child in enumerate(school.rows)]
            name = f"{school.code}_学校.xlsx"
            (folder / "imports" / name).write_bytes(workbook(rows))
            files[name] = file_of(school)
        offices = [office("990000", "province", None)]
        offices += [office(code, "county" if code in COUNTIES else "city", above)
                    for code, above in sorted(DEPARTMENTS.items(), key=lambda pair: pair[0] in COUNTIES)]  # fmt: skip
        offices += [school_of(school) for school in self.schools]
        for what, data in (("organisations", offices), ("expected", {"as_of": TODAY, "files": files, **self.answers})):
            (folder / f"{what}.json").write_text(json.dumps(data, ensure_ascii=False), "utf-8")
        return folder


DOUBLES = frozenset(f"{digit}{digit}" for digit in range(10))


def make(folder: Path, seed: int) -> Path:
    """Write the district of a seed; the same seed writes the same district."""
    return District(seed).plant().write(folder)


def common(schools: Sequence[School]) -> tuple[str, str]:
    """Return level and code of the lowest office above all departments; a school decides about its own records."""
    if len({school.code for school in schools}) == 1:
        return "school", schools[0].code
    chains = [chain(school.department) for school in schools]
    for code in chains[0]:
        if all(code in one for one in chains):
            return "county" if code in COUNTIES else "province" if code == "990000" else "city", code
    raise AssertionError(chains)


def chain(code: str) -> list[str]:
    return [code, *chain(DEPARTMENTS[code])] if code in DEPARTMENTS else [code]


def written(number: str, how: str) -> str:
    """Return a number in another hand."""
    return {
        "full_width": "".join(chr(ord(sign) + 0xFEE0) for sign in number),
        "spaced": f"{number[:6]} {number[6:14]} {number[14:]}",
        "hyphens": f"{number[:6]}-{number[6:14]}-{number[14:]}",
        "lower_x": number.lower(),
        "apostrophe": f"'{number}",
    }.get(how, number)


def bad_check(number: str) -> str:
    return number[:17] + ("0" if number[17] != "0" else "1")


def row_of(number: int, code: str, child: Child) -> dict[str, Any]:
    shown = child.shown or child.number
    changes: dict[str, Any] = {
        "姓名": child.name, "性别": child.sex, "出生日期": f"{child.born:%Y%m%d}", "身份证件号": shown,
        "成员1身份证件号": child.guardian, "成员2身份证件号": None, "成员2身份证件类型": None,
    }  # fmt: skip
    return pupil(number, code, **changes, **({} if shown else {"身份证件类型": "其他"}))


def file_of(school: School) -> dict[str, Any]:
    columns = dict.fromkeys(school.faults, "身份证件号")
    faults = [{"row": row, "column": columns[row], "also": [], "kind": kind, "severity": severity}
              for row, (kind, severity) in sorted(school.faults.items())]  # fmt: skip
    blocked = sum(fault["severity"] == "block" for fault in faults)
    return {"school_code": school.code, "header_row": 1, "unknown_columns": [], "rows": len(school.rows),
            "clean_rows": len(school.rows) - len(faults), "warn_rows": len(faults) - blocked, "block_rows": blocked,
            "faults": faults}  # fmt: skip


def office(code: str, level: str, parent: str | None) -> dict[str, Any]:
    return {"id": code, "name": f"试验{code}教育局", "level": level, "kind": level, "parent": parent}


def school_of(school: School) -> dict[str, Any]:
    place = {"parent": school.department, "competent_dept": school.department, "area": school.department}
    classes = [{"no": "2021101", "name": "五年级1班", "grade": 5, "entry": "202109"}]
    return {"id": school.code, "name": f"试验{school.code}小学", "level": "school", "kind": "小学", "grades": [4, 5, 6],
            "demonstration": False, "classes": classes, **place}  # fmt: skip
