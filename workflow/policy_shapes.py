"""What the value of each policy looks like: one description for checking, for the form and for saying it in words."""

import datetime as dt
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from workflow import distributing, manners
from workflow.acts import COMMON, OPTIONAL
from workflow.calendar import FIRST_YEAR, LAST_YEAR
from workflow.payload import date_of, text_fault
from workflow.rights import TITLES
from workflow.transfers.guards import GUARDS

LONGEST_SPAN = 366
"""A clock that stands still for longer has not been paused but stopped."""
_MONTH_DAY = re.compile(r"(\d\d)-(\d\d)")


@dataclass(frozen=True)
class Whole:
    """A whole number with what it counts."""

    low: int
    high: int
    unit: str

    def fault(self, value: Any) -> str | None:
        fits = type(value) is int and self.low <= value <= self.high
        return None if fits else f"应为 {self.low} 到 {self.high} 的整数"


@dataclass(frozen=True)
class Wholes:
    """Some whole numbers, each different."""

    low: int
    high: int
    unit: str

    def fault(self, value: Any) -> str | None:
        if not isinstance(value, list) or not 0 < len(value) <= 10 or len(set(map(str, value))) != len(value):
            return "应为 1 到 10 个不同的整数"
        return next((wrong for one in value if (wrong := Whole(self.low, self.high, "").fault(one))), None)


@dataclass(frozen=True)
class Words:
    """A list of short texts, each different."""

    least: int = 1
    longest: int = 30

    def fault(self, value: Any) -> str | None:
        if not isinstance(value, list) or not self.least <= len(value) <= 30:
            return f"应有 {self.least} 到 30 项，每行一项"
        if len(set(map(str, value))) != len(value):
            return "有重复的项"
        if not all(isinstance(one, str) and one.strip() for one in value):
            return "每行一项，不能有空项"
        return next((f"“{one[:40]}”{wrong}" for one in value if (wrong := text_fault(one, self.longest))), None)


@dataclass(frozen=True)
class Chosen:
    """Some of a few codes, in the order of `options`; those in `always` may not be left out."""

    options: tuple[tuple[str, str], ...]
    always: tuple[str, ...] = ()

    def fault(self, value: Any) -> str | None:
        known = [code for code, _ in self.options]
        if not isinstance(value, list) or value != [code for code in known if code in value]:
            return "请从所列各项中选择"
        missing = [word for code, word in self.options if code in self.always and code not in value]
        return f"必须包括{'、'.join(missing)}" if missing else None


@dataclass(frozen=True)
class OneOf:
    """One of a few codes."""

    options: tuple[tuple[str, str], ...]

    def fault(self, value: Any) -> str | None:
        return None if value in [code for code, _ in self.options] else "请选择一项"


@dataclass(frozen=True)
class Spans:
    """Periods `{from, to}`: every year (01-15) or once (2025-10-01)."""

    yearly: bool

    def fault(self, value: Any) -> str | None:
        if not isinstance(value, list) or len(value) > 12:
            return "最多 12 个时段，每行一个"
        for one in value:
            if not isinstance(one, dict) or set(one) != {"from", "to"} or not all(map(self._is_day, one.values())):
                return f"每行写成 {'01-15 至 03-15' if self.yearly else '2025-10-01 至 2025-10-15'} 的样子"
            if not self.yearly and (wrong := _span_fault(one["from"], one["to"])):
                return f"{one['from']} 至 {one['to']}：{wrong}"
        return None

    def _is_day(self, text: Any) -> bool:
        return is_month_day(text) if self.yearly else date_of(text) is not None


@dataclass(frozen=True)
class Span:
    """One period of every year, `[from, to]`."""

    def fault(self, value: Any) -> str | None:
        fits = isinstance(value, list) and len(value) == 2 and all(map(is_month_day, value))
        return None if fits else "写成 09-01 至 01-31 的样子"


@dataclass(frozen=True)
class Group:
    """Several values under their names; the values of each chain in `ordered` must rise."""

    parts: tuple[tuple[str, str, "Shape"], ...]
    ordered: tuple[tuple[str, ...], ...] = ()

    def fault(self, value: Any) -> str | None:
        return next(iter(self.faults(value).values()), None)

    def faults(self, value: Any) -> dict[str, str]:
        """Return what is wrong, by the path of the part."""
        if not isinstance(value, dict) or set(value) != {name for name, _, _ in self.parts}:
            return {"": "内容不完整"}
        found: dict[str, str] = {}
        for name, _, shape in self.parts:
            found |= faults_of(shape, value[name], name)
        words = {name: label for name, label, _ in self.parts}
        for lower, higher in (pair for chain in self.ordered for pair in pairwise(chain)):
            if not found and value[lower] >= value[higher]:
                found[higher] = f"“{words[higher]}”应大于“{words[lower]}”"
        return found


Shape = Whole | Wholes | Words | Chosen | OneOf | Spans | Span | Group


def _span_fault(first: str, last: str) -> str | None:
    start, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last)
    if start > end:
        return "止期早于起期"
    if start.year < FIRST_YEAR or end.year > LAST_YEAR:
        return f"应在 {FIRST_YEAR} 到 {LAST_YEAR} 年之间"
    return f"一个时段最多 {LONGEST_SPAN} 天" if (end - start).days >= LONGEST_SPAN else None


def is_month_day(text: Any) -> bool:
    """Tell whether a text names a day of every year; 29 February is one."""
    read = _MONTH_DAY.fullmatch(text) if isinstance(text, str) else None
    if not read:
        return False
    try:
        dt.date(2024, int(read[1]), int(read[2]))
    except ValueError:
        return False
    return True


def faults_of(shape: Shape, value: Any, path: str = "") -> dict[str, str]:
    """Return what is wrong with a value, by the dotted path of the part that is ("" for the whole)."""
    if isinstance(shape, Group):
        return {".".join(filter(None, (path, inner))): why for inner, why in shape.faults(value).items()}
    wrong = shape.fault(value)
    return {path: wrong} if wrong else {}


def shape_of(key: str) -> Shape | None:
    """Return the shape of a key, or None for a key that does not exist or may not be changed."""
    code = key.removeprefix("guard.")
    if key != code and code in GRADED:
        return SEVERITY
    return SHAPES.get(key)


WORKING_DAYS = Whole(1, 60, "个工作日")
SEVERITY = OneOf((("block", "不予受理"), ("warn", "提醒"), ("info", "告知"), ("off", "不检查")))
_LIMITS = Group(
    (("warn", "标准班额", Whole(1, 100, "人")), ("block", "大班额", Whole(1, 200, "人"))),
    (("warn", "block"),),
)
_PAPERS = Group((("all", "每一种都要", Words(least=0)), ("any", "任选其一", Words(least=0))))
_SIGNERS = tuple(
    (side, label, Chosen(tuple((role, TITLES[role]) for role in roles), always=(roles[-1],)))
    for side, label, roles in (
        ("school", "学校", ("school_clerk", "school_leader")),
        ("department", "主管部门", ("dept_clerk", "dept_leader")),
    )
)
_SIGNING = Group(
    (
        (
            "manner",
            "方式",
            OneOf(
                (
                    (manners.TURN, "顺签：按顺序一个签完下一个签"),
                    (manners.ALL, "会签：同时签，全部同意才算同意，一人不同意即不同意"),
                    (manners.ANY, "或签：同时签，以先签的一人为准"),
                    (manners.VOTE, "票签：同时签，同意的达到比例和人数才算同意"),
                )
            ),
        ),
        ("asked", "签署人", OneOf((("desk", "每个岗位任一人"), ("each", "每个岗位的每一人")))),
        ("share", "票签的同意比例", Whole(1, 100, "%")),
        ("persons", "票签至少同意", Whole(1, 9, "人")),
    )
)
_HANDED_OUT = OneOf(tuple(distributing.MANNERS.items()))
_ASKED = (
    ("receiving_school", "转入学校"),
    ("receiving_department", "转入主管部门"),
    ("releasing_school", "转出学校"),
    ("releasing_department", "转出主管部门"),
    ("common_department", "共同主管部门"),
    ("contested", "上级裁定"),
)

SHAPES: dict[str, Shape] = {
    "node.transfer": WORKING_DAYS,
    "node.arrival": WORKING_DAYS,
    "node.file_pull": WORKING_DAYS,
    "node.correct": WORKING_DAYS,
    "node.contested": WORKING_DAYS,
    "node.steps": Group(_SIGNERS),
    "signing.school": _SIGNING,
    "signing.department": _SIGNING,
    "desk.distribution": Group((("school", "学校", _HANDED_OUT), ("department", "主管部门", _HANDED_OUT))),
    "desk.named": Words(least=0, longest=64),
    "desk.taken": OneOf((("show", "能看到，注明由谁办理"), ("hide", "看不到"))),
    "desk.claim": OneOf((("free", "不必，可以直接办理"), ("first", "须先认领，再作决定"))),
    "acts.who": Group(
        (
            ("reassign", "转办给同事", OneOf((("holder", "办理人或本单位负责人"), ("leader", "只由本单位负责人")))),
            ("release", "放回岗位", OneOf((("holder", "办理人"), ("leader", "只由本单位负责人（收回）")))),
        )
    ),
    "bulk.answers": Chosen(
        (("approve", "同意"), ("return", "退回补正"), ("refuse", "不同意"), ("reassign", "转办"))
    ),
    "acts.off": Chosen(tuple((name, COMMON[name].title) for name in OPTIONAL)),
    "transfer.extra_levels": Chosen((("city", "市级"), ("province", "省级"))),
    "transfer.evidence": Group((("all", "每一种都要", Words()), ("any", "任选其一", Words(least=0)))),
    "transfer.reasons": Words(),
    "transfer.windows": Spans(yearly=True),
    "transfer.freezes": Spans(yearly=False),
    "school.vacations": Spans(yearly=False),
    "transfer.undo_days": Whole(1, 365, "天"),
    "transfer.paper_file": Whole(1, 12, "个月"),
    "case.expire": Whole(1, 24, "个月"),
    "case.expire_warnings": Wholes(1, 180, "天"),
    "case.longest_stop": Whole(1, 366, "天"),
    "terms": Group((("first", "第一学期", Span()), ("second", "第二学期", Span()))),
    "class.size": Group((("primary", "小学", _LIMITS), ("junior", "初中", _LIMITS), ("senior", "高中", _LIMITS))),
    "reminder.ladder": Group(
        (
            ("remind", "提醒", Wholes(-30, 0, "个工作日")),
            ("overdue_from", "逾期后每天催办", Whole(1, 10, "个工作日起")),
            ("leader_from", "提醒同时抄送负责人", Whole(-30, 30, "个工作日起")),
            ("supervise", "督办", Whole(2, 30, "个工作日后")),
            ("take_over", "上级可以代为决定", Whole(1, 60, "个工作日后")),
            ("bulletin", "列入通报", Whole(3, 60, "个工作日后")),
            ("expiry_days", "算作长期未办", Whole(10, 365, "天后")),
        ),
        (("overdue_from", "supervise", "bulletin", "expiry_days"), ("take_over", "bulletin")),
    ),
    "reminder.take_over": Chosen(
        (
            ("transfer_school", "转学：学校核办"),
            ("transfer_department", "转学：主管部门核办"),
            ("no_id", "无身份证号学生：各级核办"),
            ("id_error", "证件号错误：主管部门核办"),
            ("review", "问题学籍：主管部门审核"),
            ("rule", "问题学籍：裁定"),
            ("confirm", "问题学籍：复核裁定"),
        )
    ),
    "refusal.second": OneOf((("up", "由共同上级裁定"), ("end", "申请终止"))),
    "queue.grace_hours": Whole(1, 240, "小时"),
    "consult.days": WORKING_DAYS,
    "guardian.messages": OneOf((("off", "不发"), ("on", "每个环节都发"))),
    "deputy.longest_days": Whole(1, 366, "天"),
    "clearance.answer": WORKING_DAYS,
    "problem.side": WORKING_DAYS,
    "problem.silent_grace": WORKING_DAYS,
    "problem.dept_review": WORKING_DAYS,
    "problem.review_levels": Chosen((("city", "市级"), ("province", "省级"))),
    "problem.evidence": Group(
        (("claim", "佐证属实", _PAPERS), ("correct", "更正", _PAPERS), ("delete", "删除", _PAPERS))
    ),
    "arbitration": WORKING_DAYS,
    "arbitration.confirm": WORKING_DAYS,
    "inquiry.sheet": WORKING_DAYS,
    "ruling.objection": WORKING_DAYS,
    "ruling.undo_days": Whole(1, 365, "天"),
    "id_error.acknowledge": WORKING_DAYS,
    "id_error.choose": WORKING_DAYS,
    "id_error.department": WORKING_DAYS,
    "id_error.police": WORKING_DAYS,
    "id_error.evidence": Group(
        (("claim", "佐证", _PAPERS), ("correct", "更正", _PAPERS), ("delete", "删除", _PAPERS))
    ),
    "no_id.form": WORKING_DAYS,
    "no_id.level": WORKING_DAYS,
    "no_id.evidence": _PAPERS,
    "no_id.ask": WORKING_DAYS,
    "no_id.conversion": _PAPERS,
    "refusal.causes": Group(tuple((phase, label, Words()) for phase, label in _ASKED)),
}
"""The shape of every key of `policies.DEFAULTS`."""
STAGES = {"primary": "小学", "junior": "初中", "senior": "高中"}
STAGED = frozenset(
    {
        "desk.named",
        "transfer.extra_levels",
        "transfer.evidence",
        "transfer.windows",
        "transfer.freezes",
        "class.size",
    }
)
"""Keys that are asked with the pupil's stage, so that a rule may be for one stage only."""
GRADED = tuple(code for code in GUARDS if code.startswith("T"))
"""Guards whose severity is a matter of policy; the common ones (C1-C8) keep records right and hold everywhere."""
