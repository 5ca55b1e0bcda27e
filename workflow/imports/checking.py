"""Checks rows of the template: every cell by its column, what cells say together, numbers met twice in the file."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

from workflow.duplicates.blocked import kept
from workflow.identity import date_of, looks_scientific, tidy_number
from workflow.imports.cells import SchoolFacts, Setting, judge_oddity, judge_text
from workflow.imports.columns import BY_NAME, COLUMNS, INDEX
from workflow.imports.documents import OTHER, RESIDENT, Document, judge_document
from workflow.imports.faults import Fault, Problem
from workflow.imports.reading import Layout, Oddity, Progress, RawRow, Workbook

PUPIL_TYPE, PUPIL_NUMBER = INDEX["身份证件类型"], INDEX["身份证件号"]
SEX, BIRTH = INDEX["性别"], INDEX["出生日期"]
MEMBER_COLUMNS = {member: range(INDEX[f"成员{member}姓名"], INDEX[f"成员{member}职务"] + 1) for member in (1, 2)}
MEMBER_NUMBERS = {member: INDEX[f"成员{member}身份证件号"] for member in (1, 2)}
DUPLICATE = "duplicate_in_file"
_DOCUMENTS = frozenset((PUPIL_NUMBER, *MEMBER_NUMBERS.values()))
_STARRED = tuple(place for place, column in enumerate(COLUMNS) if column.starred and place != PUPIL_NUMBER)


@dataclass(frozen=True, slots=True)
class Member:
    """A family member as given in the row; empty text where nothing is given."""

    position: int
    name: str
    relation: str
    relation_note: str
    address: str
    domicile: str
    phone: str
    is_guardian: bool
    id_type: str
    id_number: str
    nation: str
    employer: str
    job: str


@dataclass(slots=True)
class CheckedRow:
    """A row after checking. `values`: clean text by national column name, blank columns left out; labels, not codes;
    班级 is the class number. A blocked row's values are incomplete and must not be stored."""

    raw: RawRow
    values: dict[str, str]
    faults: list[Fault] = field(default_factory=list)

    @property
    def state(self) -> Literal["clean", "warn", "block"]:
        if any(fault.severity == "block" for fault in self.faults):
            return "block"
        return "warn" if self.faults else "clean"

    @property
    def birth_date(self) -> date:
        day = date_of(self.values["出生日期"])
        assert day is not None
        return day

    @property
    def entered_on(self) -> date:
        """The first day of 入学年月."""
        month = self.values["入学年月"]
        return date(int(month[:4]), int(month[4:]), 1)

    @property
    def class_no(self) -> str:
        return self.values["班级"]

    @property
    def id_type(self) -> str:
        """The code of 身份证件类型: 1 resident ID … Z other."""
        return code_of("身份证件类型", self.values["身份证件类型"])

    @property
    def id_number(self) -> str | None:
        return self.values.get("身份证件号")

    def members(self) -> Iterator[Member]:
        """The one or two family members of the row."""
        for position in MEMBER_COLUMNS:
            given = {name: self.values.get(f"成员{position}{name}", "") for name in _MEMBER_FIELDS}
            if given["姓名"]:
                yield _member(position, given)


_MEMBER_FIELDS = (
    "姓名", "关系", "关系说明", "现住址", "户口所在地", "联系电话", "是否监护人",
    "身份证件类型", "身份证件号", "民族", "工作单位", "职务",
)  # fmt: skip


def _member(position: int, given: dict[str, str]) -> Member:
    kind = given["身份证件类型"] or (RESIDENT if given["身份证件号"] else "")
    return Member(
        position, given["姓名"], given["关系"], given["关系说明"], given["现住址"], given["户口所在地"],
        given["联系电话"], given["是否监护人"] == "是", code_of("成员1身份证件类型", kind) if kind else "",
        given["身份证件号"], given["民族"], given["工作单位"], given["职务"],
    )  # fmt: skip


def code_of(column: str, label: str) -> str:
    """The code that stands for a stored label of a column."""
    table = BY_NAME[column].table
    assert table is not None
    return table.code_of(label)


def check_row(row: RawRow, layout: Layout, school: SchoolFacts, today: date, demo: bool = False) -> CheckedRow:
    """Judges one row by itself. Whether its number stands twice in the file only FileCheck can tell."""
    return _RowCheck(row, layout, Setting(school, today, demo)).run()


def blocked_row(row: CheckedRow) -> dict[str, Any] | None:
    """Return what is remembered of a blocked row whose number may be a slip of another one; else None."""
    cell = row.raw.cells[PUPIL_NUMBER]
    if not isinstance(cell, str) or looks_scientific(cell):
        return None
    number, _ = tidy_number(cell)
    members = (row.values.get(COLUMNS[place].name, "") for place in MEMBER_NUMBERS.values())
    return kept(row.raw.number, number, row.values, members)


class FileCheck:
    """Checks the rows of one file in their order and finds numbers that come twice: the first row stays."""

    def __init__(self, layout: Layout, school: SchoolFacts, today: date, demo: bool = False) -> None:
        self._layout = layout
        self._setting = Setting(school, today, demo)
        self._rows_by_number: dict[str, int] = {}

    def check(self, row: RawRow) -> CheckedRow:
        check = _RowCheck(row, self._layout, self._setting)
        checked = check.run()
        if check.number is not None:
            first = self._rows_by_number.setdefault(check.number, row.number)
            if first != row.number:
                message = f"第 {row.number} 行与第 {first} 行的身份证件号相同，请删去多余的一行，或按证件更正号码。"
                check.fault(PUPIL_NUMBER, Problem(DUPLICATE, message))
        return checked


def check_workbook(
    book: Workbook, school: SchoolFacts, today: date, demo: bool = False, progress: Progress | None = None
) -> Iterator[CheckedRow]:
    """Reads and checks an opened workbook row by row; memory does not grow with the file but for the numbers met."""
    check = FileCheck(book.layout, school, today, demo)
    for row in book.rows(progress):
        yield check.check(row)


class _RowCheck:
    """The work on one row."""

    def __init__(self, row: RawRow, layout: Layout, setting: Setting) -> None:
        self._row = row
        self._layout = layout
        self._setting = setting
        self._values: list[str | None] = [None] * len(COLUMNS)
        self._faulty: set[int] = set()
        self._faults: list[Fault] = []
        self.number: str | None = None
        """The pupil's number as it is compared within the file; None when there is none or it is not good."""

    def run(self) -> CheckedRow:
        if self._row.hidden:
            message = "这一行在表中是隐藏的，数据照常读取；如不该导入，请从表中删去。"
            self._faults.append(Fault(self._row.number, None, None, "hidden_row", "warn", message))
        self._check_cells()
        self._check_documents()
        self._check_missing()
        values = {COLUMNS[place].name: value for place, value in enumerate(self._values) if value is not None}
        return CheckedRow(self._row, values, self._faults)

    def fault(self, place: int, problem: Problem) -> None:
        cell = self._row.cells[place]
        shown = cell.text if isinstance(cell, Oddity) else cell
        letters = self._layout.letters[place]
        self._faulty.add(place)
        self._faults.append(
            Fault(
                self._row.number, f"{letters}{self._row.number}" if letters else None, COLUMNS[place].name,
                problem.kind, problem.severity, problem.message, shown, problem.clean,
            )
        )  # fmt: skip

    def _check_cells(self) -> None:
        setting, values = self._setting, self._values
        for place, cell in enumerate(self._row.cells):
            if cell is None or place in _DOCUMENTS:
                continue
            column = COLUMNS[place]
            judged = (
                judge_text(cell, column, setting) if type(cell) is str else judge_oddity(_odd(cell), column, setting)
            )
            if type(judged) is str:
                values[place] = judged
            else:
                self._take(place, judged)
        if self._row.merges:
            self._check_merges()

    def _take(self, place: int, judged: str | Problem) -> None:
        if isinstance(judged, str):
            self._values[place] = judged
        else:
            self._values[place] = judged.clean
            self.fault(place, judged)

    def _check_merges(self) -> None:
        for place, part in self._row.merges.items():
            name = COLUMNS[place].name
            if part == "covered":
                self._values[place] = None
                message = f"{name}的单元格与别的单元格合并了，这一行没有自己的值，请取消合并后逐行填写。"
                self.fault(place, Problem("merged_cell", message))
            elif self._values[place] is not None and place not in self._faulty:
                message = f"{name}的单元格与别的单元格合并了，值只算在这一行，请取消合并。"
                cell = self._row.cells[place]
                written = (
                    cell.strip() if isinstance(cell, str) and COLUMNS[place].kind == "class" else self._values[place]
                )
                self.fault(place, Problem("merged_cell_top", message, "warn", written))

    # --- documents ---

    def _check_documents(self) -> None:
        kind = self._values[PUPIL_TYPE]
        members = [self._document(place, self._values[place - 1]) for place in MEMBER_NUMBERS.values()]
        pupil = self._document(PUPIL_NUMBER, kind)
        if pupil is not None and pupil.number is not None:
            self.number = pupil.number if len(pupil.number) == 18 else f"{kind} {pupil.number}"
            self._compare(pupil)
        if self._row.cells[PUPIL_NUMBER] is None and PUPIL_NUMBER not in self._faulty:
            self._check_absent_number(kind, any(member is not None for member in members))

    def _document(self, place: int, kind: str | None) -> Document | None:
        """The judged number; None when there is none, or no usable type of the pupil, whose row is blocked anyway."""
        cell = self._row.cells[place]
        if cell is None or place in self._faulty or (place == PUPIL_NUMBER and kind is None):
            return None
        document = judge_document(cell, kind, COLUMNS[place], self._setting)
        self._take(place, document.judged)
        return document

    def _compare(self, pupil: Document) -> None:
        """Sex and birth date in the row against those in the number."""
        sex, birth = self._values[SEX], self._values[BIRTH]
        if pupil.sex is not None and sex is not None and sex != pupil.sex:
            message = f"性别填的是{sex}，身份证件号的第 17 位却表示{pupil.sex}，请按证件核对两者。"
            self.fault(SEX, Problem("id_sex_mismatch", message))
        if pupil.birth is not None and birth is not None and birth != f"{pupil.birth:%Y%m%d}":
            message = f"出生日期填的是 {birth}，身份证件号里却是 {pupil.birth:%Y%m%d}，请按证件核对两者。"
            self.fault(BIRTH, Problem("id_birth_mismatch", message))

    def _check_absent_number(self, kind: str | None, member_has_number: bool) -> None:
        if kind == OTHER:
            if not member_has_number:
                message = "学生没有身份证件号时，至少要填一位监护人的身份证件号，请补填。"
                self.fault(MEMBER_NUMBERS[1], Problem("no_id_no_guardian", message))
        elif kind is not None:
            message = f"身份证件号没有填；身份证件类型是“{kind}”时必填，确无证件的请把类型改为“其他”。"
            self.fault(PUPIL_NUMBER, Problem("missing_mandatory", message))

    # --- what is missing ---

    def _check_missing(self) -> None:
        cells = self._row.cells
        second = any(cells[place] is not None for place in MEMBER_COLUMNS[2])
        for place in _STARRED:
            if cells[place] is None and place not in self._faulty and (second or COLUMNS[place].member != 2):
                self.fault(place, Problem("missing_mandatory", f"{COLUMNS[place].name}是必填项，没有填，请补填。"))


def _odd(cell: str | Oddity) -> Oddity:
    assert isinstance(cell, Oddity)
    return cell
