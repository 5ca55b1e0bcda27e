"""The invented province: offices, schools and classes, in the format that `import organisations` reads.

岚川省: 朗星市 with 栖云区 and 禾苑县 and a city-run senior high, 霁川市 with 柳渚县, 岚川垦区 without counties.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Place:
    """An office or a school of the demo; `short` begins the user names of its officers."""

    short: str
    code: str
    name: str
    level: str
    kind: str
    parent: str | None
    phone: str = ""
    area: str = ""
    grades: tuple[int, ...] = ()
    rooms: int = 1
    demonstration: bool = False


PRIMARY, JUNIOR, SENIOR = tuple(range(1, 7)), (7, 8, 9), (10, 11, 12)

PLACES = (
    Place("lanchuan", "990000", "岚川省教育厅", "province", "province", None, "15400000001"),
    Place("langxing", "990100", "朗星市教育局", "city", "city", "lanchuan", "15400000100"),
    Place("qiyun", "990101", "栖云区教育局", "county", "county", "langxing", "15400000101"),
    Place("heyuan", "990102", "禾苑县教育局", "county", "county", "langxing", "15400000102"),
    Place("jichuan", "990200", "霁川市教育局", "city", "city", "lanchuan", "15400000200"),
    Place("liuzhu", "990201", "柳渚县教育局", "county", "county", "jichuan", "15400000201"),
    Place("kenqu", "999000", "岚川垦区教育局", "city", "division", "lanchuan", "15400009000"),
    Place("qingsong", "2199000101", "栖云区青松小学", "school", "小学", "qiyun", "15400001101", "990101", PRIMARY, 2),
    Place("xinmiao", "2199000102", "栖云区新苗小学", "school", "小学", "qiyun", "15400001102", "990101", PRIMARY),
    Place("shuguang", "2199000103", "栖云区曙光小学", "school", "小学", "qiyun", "15400001103", "990101", PRIMARY),
    Place("siyuan", "3199000104", "栖云区思源初级中学", "school", "初级中学", "qiyun", "15400001104", "990101", JUNIOR),
    Place("qizhi", "3499000201", "禾苑县启智完全中学", "school", "完全中学", "heyuan", "15400001201", "990102",
          JUNIOR + SENIOR),
    Place("wangyue", "2199000202", "禾苑县望岳小学", "school", "小学", "heyuan", "15400001202", "990102", PRIMARY),
    Place("dongpo", "2199000203", "禾苑县东坡教学点", "school", "小学", "heyuan", "15400001203", "990102", (1, 2)),
    Place("chenguang", "3499000105", "朗星市晨光高级中学", "school", "高级中学", "langxing", "15400001105", "990101",
          SENIOR, 1, True),
    Place("hongwen", "2199000301", "柳渚县弘文小学", "school", "小学", "liuzhu", "15400001301", "990201", PRIMARY),
    Place("chunhui", "3499000302", "柳渚县春晖高级中学", "school", "高级中学", "liuzhu", "15400001302", "990201",
          SENIOR, 1, True),
    Place("yuying", "3199000401", "岚川垦区育英学校", "school", "九年一贯制", "kenqu", "15400001401", "999000",
          PRIMARY + JUNIOR),
)  # fmt: skip
MERGED, SUCCESSOR = "shuguang", "xinmiao"
"""The school that was merged some weeks ago, while a case waited there, and the one that carries on."""
CLOSED = "dongpo"
"""A teaching point that was closed."""

CODES = {place.short: place.code for place in PLACES}


def organisations(school_year: int) -> list[dict[str, Any]]:
    """Return the province as a list for `workflow.organisations.read`, with the classes of that school year."""
    return [_entry(place, school_year) for place in PLACES]


def school_year_of(day: dt.date) -> int:
    """Return the year in which the school year began; grades go up on 1 September."""
    return day.year if day.month >= 9 else day.year - 1


def class_no(grade: int, school_year: int, number: int = 1) -> str:
    """Return the seven digits of a class: entry year, stage, number in its year."""
    stage, first = (1, 1) if grade <= 6 else (2, 7) if grade <= 9 else (3, 10)
    return f"{school_year - (grade - first)}{stage}{number:02d}"


def _entry(place: Place, school_year: int) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "id": place.code,
        "name": place.name,
        "level": place.level,
        "kind": place.kind,
        "parent": CODES[place.parent] if place.parent else None,
        "phone": place.phone,
    }
    if place.level == "school":
        rooms = [_room(grade, school_year, number) for grade in place.grades for number in range(1, place.rooms + 1)]
        entry |= {
            "competent_dept": entry["parent"],
            "area": place.area,
            "grades": list(place.grades),
            "demonstration": place.demonstration,
            "classes": rooms,
        }
    return entry


def _room(grade: int, school_year: int, number: int) -> dict[str, Any]:
    names = ("", "一", "二", "三", "四", "五", "六", "七", "八", "九")
    name = f"{names[grade]}年级{number}班" if grade <= 9 else f"高{names[grade - 9]}{number}班"
    no = class_no(grade, school_year, number)
    return {"no": no, "name": name, "grade": grade, "entry": f"{no[:4]}09"}
