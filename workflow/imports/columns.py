"""The 71 columns of the national template (domain 5.1): names, stars, other names, kinds of content and limits."""

import unicodedata
from dataclasses import dataclass

from workflow.imports import codes
from workflow.imports.codes import CodeTable

FAULT_COLUMN = "故障说明"
"""Heads the extra column of the error workbook; ignored when the workbook comes back."""

STARS = "★☆*＊"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. `kind` says which rule judges its cells; `limit` counts code points.

    `text_only`: the template wants a text cell; a number cell is told. `member`: 1 or 2 for the family block, else 0.
    A starred column of member 2 is needed only when that member is given at all.
    """

    name: str
    kind: str
    starred: bool = False
    limit: int = 100
    table: CodeTable | None = None
    variants: tuple[str, ...] = ()
    text_only: bool = False
    member: int = 0

    @property
    def needed(self) -> bool:
        """Whether the workbook must have the column."""
        return self.starred and self.member != 2

    @property
    def heading(self) -> str:
        return f"★{self.name}" if self.starred else self.name


def _label(name: str, table: CodeTable, starred: bool = True, variants: tuple[str, ...] = ()) -> Column:
    return Column(name, "label", starred, table=table, variants=variants)


def _pupil() -> tuple[Column, ...]:
    return (
        Column("学校标识码", "school", True, text_only=True),
        Column("姓名", "name", True, 50),
        _label("性别", codes.SEX),
        Column("出生日期", "birth", True),
        Column("出生地行政区划代码", "area", True, variants=("出生地",), text_only=True),
        Column("籍贯", "text", True, 100),
        _label("民族", codes.NATION),
        _label("国籍/地区", codes.COUNTRY, variants=("国籍", "国籍地区")),
        _label("身份证件类型", codes.PUPIL_DOCUMENT),
        _label("港澳台侨外", codes.OVERSEAS),
        _label("健康状况", codes.HEALTH),
        _label("政治面貌", codes.POLITICS),
        Column("身份证件号", "document", True, 40, text_only=True),
        _label("户口性质", codes.HOUSEHOLD),
        Column("户口所在地行政区划代码", "area", True, variants=("户口所在地",), text_only=True),
        Column("班级", "class", True, 50, text_only=True),
        Column("入学年月", "month", True),
        _label("入学方式", codes.ENTRY),
        _label("就读方式", codes.BOARDING),
        Column("现住址", "text", True, 200),
        Column("通信地址", "text", True, 200, variants=("通讯地址",)),
        Column("家庭地址", "text", True, 200),
        Column("联系电话", "phone", True, text_only=True),
        Column("邮政编码", "postcode", True, text_only=True),
        *(_label(name, codes.YES_NO) for name in ("是否独生子女", "是否受过学前教育")),
        _label("是否留守儿童", codes.LEFT_BEHIND),
        *(
            _label(name, codes.YES_NO)
            for name in ("是否需要申请资助", "是否享受一补", "是否孤儿", "是否烈士或优抚子女")
        ),
        Column("上下学距离（公里）", "distance", True, variants=("上下学距离",)),
        _label("上下学交通方式", codes.TRAVEL, variants=("上下学方式",)),
        _label("是否需要乘坐校车", codes.YES_NO),
        Column("曾用名", "name", limit=50),
        Column("身份证件有效期", "validity"),
        _label("血型", codes.BLOOD, False),
        Column("特长", "text", limit=200),
        Column("学籍辅号", "mark", limit=30, text_only=True),
        Column("班内学号", "mark", limit=20, text_only=True),
        _label("学生来源", codes.SOURCE, False),
        Column("电子信箱", "email", limit=254),
        Column("主页地址", "homepage", limit=200),
        _label("残疾类型", codes.DISABILITY, False),
        _label("是否由政府购买学位", codes.YES_NO, False),
        _label("随班就读", codes.INCLUSION, False),
    )


def _member(number: int) -> tuple[Column, ...]:
    prefix = f"成员{number}"

    def column(name: str, kind: str, starred: bool = False, limit: int = 100, table: CodeTable | None = None) -> Column:
        text_only = kind in ("phone", "document", "area_or_text")
        return Column(prefix + name, kind, starred, limit, table, text_only=text_only, member=number)

    return (
        column("姓名", "name", True, 50),
        column("关系", "label", True, table=codes.RELATION),
        column("关系说明", "text", limit=50),
        column("现住址", "text", True, 200),
        column("户口所在地", "area_or_text", True, 200),
        column("联系电话", "phone", True),
        column("是否监护人", "label", True, table=codes.YES_NO),
        column("身份证件类型", "label", table=codes.MEMBER_DOCUMENT),
        column("身份证件号", "document", limit=40),
        column("民族", "label", table=codes.NATION),
        column("工作单位", "text"),
        column("职务", "text", limit=50),
    )


COLUMNS: tuple[Column, ...] = (*_pupil(), *_member(1), *_member(2), _label("是否进城务工人员随迁子女", codes.YES_NO))
INDEX: dict[str, int] = {column.name: index for index, column in enumerate(COLUMNS)}
BY_NAME: dict[str, Column] = {column.name: column for column in COLUMNS}


def heading_key(heading: str) -> str:
    """A heading as it is compared: without stars, spaces and line breaks, half-width."""
    folded = unicodedata.normalize("NFKC", heading)
    return "".join(sign for sign in folded if not sign.isspace() and sign not in STARS)


_BY_KEY = {heading_key(name): index for index, column in enumerate(COLUMNS) for name in (column.name, *column.variants)}
_FAULT_KEY = heading_key(FAULT_COLUMN)


def find_column(heading: str) -> int | None:
    """The position in COLUMNS of the column that a heading names, or None."""
    return _BY_KEY.get(heading_key(heading))


def is_fault_column(heading: str) -> bool:
    return heading_key(heading) == _FAULT_KEY


def letters_of(index: int) -> str:
    """The sheet's letters of a column counted from 0: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def index_of(letters: str) -> int:
    """The column counted from 0 that the sheet's letters name."""
    index = 0
    for letter in letters:
        index = index * 26 + ord(letter) - 64
    return index - 1
