"""Rules as data: the shipped defaults with their sources, and the look-up in which the nearest jurisdiction wins."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from workflow.world import Office, PolicyRow, World

MEASURES = "《中小学生学籍管理办法》（教基〔2025〕1号）"
PRACTICE = "产品默认规则（参照多地转学办法，可由主管部门调整）"

SEVERITIES = ("block", "warn", "info", "off")
"""How strictly a jurisdiction may take a guard."""


ONE_BY_ONE = {"manner": "turn", "asked": "desk", "share": 50, "persons": 1}
"""The roles of `node.steps` sign one after the other, anybody in a role for all of them."""


@dataclass(frozen=True)
class Rule:
    """A value that holds somewhere today, and why: `office` is None where the default holds."""

    key: str
    value: Any
    source: str
    office: Office | None = None


@dataclass(frozen=True)
class Default:
    """What holds where nobody decided otherwise. `title` is what administrators read."""

    title: str
    value: Any
    source: str


DEFAULTS: dict[str, Default] = {
    "node.transfer": Default("转学每个环节的办理期限（工作日）", 10, MEASURES + "第十五条"),
    "node.arrival": Default("等待学生报到的期限（工作日）", 10, MEASURES + "第十五条"),
    "node.file_pull": Default("跨省转学调档的期限（工作日）", 10, "教育部学籍工作通报：超过10个工作日未调档列入统计"),
    "node.correct": Default("退回后补正的期限（工作日）", 10, PRACTICE),
    "node.contested": Default("上级部门裁定争议的期限（工作日）", 10, PRACTICE),
    "node.steps": Default(
        "每个单位由谁签署",
        {"school": ["school_leader"], "department": ["dept_leader"]},
        "学校由学籍主管领导、部门由负责人签署（领导审核代替盖章）",
    ),
    "signing.school": Default("学校的意见由几人签署", ONE_BY_ONE, PRACTICE),
    "signing.department": Default("主管部门的意见由几人签署", ONE_BY_ONE, PRACTICE),
    "desk.distribution": Default(
        "一个岗位有多人时，新事项怎样分派", {"school": "offer", "department": "offer"}, PRACTICE
    ),
    "desk.named": Default("由专人办理（用户名，排在前面的优先）", [], PRACTICE),
    "desk.taken": Default("同岗位的人员能否看到他人已认领、已分派的事项", "show", PRACTICE),
    "desk.claim": Default("一个岗位上的事项是否须先认领再办理", "free", PRACTICE),
    "acts.off": Default("不使用的办理方式", [], PRACTICE),
    "acts.who": Default("转办、放回由谁决定", {"reassign": "holder", "release": "holder"}, PRACTICE),
    "bulk.answers": Default("可以成批办理的决定", ["approve", "return", "refuse", "reassign"], PRACTICE),
    "transfer.extra_levels": Default("除主管部门外还须签署的层级（按学段）", [], "部分省份高中转学另须市级核办"),
    "transfer.evidence": Default(
        "转学须提交的材料",
        {"all": ["转学申请", "户口簿"], "any": ["居住证明", "居住证", "工作调动证明"]},
        "除准确的学籍信息、转入学校和转学理由证明外，不得要求其他材料（教育部学籍管理问答，2016年）",
    ),
    "transfer.reasons": Default(
        "转学理由", ["户籍迁移", "住址变更", "监护人工作调动", "随迁", "到专门/特教学校", "其他"], PRACTICE
    ),
    "transfer.windows": Default(
        "受理转学的时段（月-日）",
        [{"from": "01-15", "to": "03-15"}, {"from": "07-01", "to": "09-15"}],
        "学期中途一般不办理转学；各地时段不同，由主管部门公布",
    ),
    "transfer.freezes": Default("暂停受理的时段（日期），期间不计办理期限", [], PRACTICE),
    "school.vacations": Default(
        "寒暑假中学校环节不计办理期限的时段（日期）", [], "教育部学籍工作通报七、八月照常统计，默认不停"
    ),
    "transfer.undo_days": Default("转学办结后多少天内可以撤销（天）", 30, PRACTICE),
    "transfer.paper_file": Default("纸质档案移交期限（月）", 1, "转学后一个月内办理学籍档案转接"),
    "case.expire": Default("未办结的申请多久后清理（月）", 6, "教育部学籍系统清理超过半年未办结的业务"),
    "case.expire_warnings": Default("清理前多少天提醒", [30, 14, 3], PRACTICE),
    "case.longest_stop": Default("挂起一次最长多少天，到期自动恢复", 92, PRACTICE),
    "terms": Default("学期", {"first": ["09-01", "01-31"], "second": ["02-01", "08-31"]}, "学年为9月1日至次年8月31日"),
    "class.size": Default(
        "班额：超过标准班额提醒，达到大班额不再接收",
        {
            "primary": {"warn": 45, "block": 56},
            "junior": {"warn": 50, "block": 56},
            "senior": {"warn": 50, "block": 56},
        },
        "小学每班不超过45人、中学不超过50人；56人及以上为大班额",
    ),
    "reminder.ladder": Default(
        "提醒的日子（相对期限的工作日）",
        {
            "remind": [-5, -2, 0],
            "overdue_from": 1,
            "leader_from": 1,
            "supervise": 3,
            "take_over": 5,
            "bulletin": 10,
            "expiry_days": 60,
        },
        PRACTICE,
    ),
    "reminder.take_over": Default(
        "逾期后上级可以代为决定的环节",
        ["transfer_school", "transfer_department", "no_id", "id_error", "review"],
        PRACTICE + "；逾期不视为同意，由上级主管部门代为决定",
    ),
    "refusal.second": Default(
        "同一单位再次不同意同一学生的同一转学时", "up", PRACTICE + "；再次不同意的，直接由双方共同的上级部门裁定"
    ),
    "queue.grace_hours": Default("岗位无人办理时，多少小时后由上级主管部门办理", 24, PRACTICE),
    "consult.days": Default("征求意见后答复的期限（工作日）", 3, PRACTICE),
    "guardian.messages": Default(
        "转学进度是否发短信告知监护人",
        "off",
        PRACTICE + "；号码取自学籍档案，只写环节、单位和期限，不写学生姓名和证件号；须有短信网关",
    ),
    "deputy.longest_days": Default("代理一次最长多少天", 92, PRACTICE),
    "clearance.answer": Default("转学协办：对方单位处理并答复的期限（工作日）", 5, PRACTICE),
    "problem.side": Default("问题学籍：学校答复的期限（工作日）", 10, PRACTICE),
    "problem.silent_grace": Default("问题学籍：学校逾期后督办等待的期限（工作日）", 5, PRACTICE),
    "problem.dept_review": Default("问题学籍：主管部门审核一方的期限（工作日）", 10, PRACTICE),
    "problem.review_levels": Default("问题学籍：除主管部门外还须审核一方的层级", [], PRACTICE),
    "problem.evidence": Default(
        "问题学籍：各种答复须提交的材料",
        {
            "claim": {"all": ["户口簿", "学校在读证明"], "any": []},
            "correct": {"all": ["户口簿"], "any": []},
            "delete": {"all": [], "any": []},
        },
        "教育部学籍系统问题学籍处理说明：监护人签字的户口簿或身份证复印件、学校盖章的在读证明；有争议的附公安情况说明",
    ),
    "arbitration": Default("裁定的期限（工作日）", 10, PRACTICE),
    "arbitration.confirm": Default("复核裁定的期限（工作日）", 5, PRACTICE),
    "inquiry.sheet": Default("答复核查单的期限（工作日）", 10, "教育部核查单一轮约14天；" + PRACTICE),
    "ruling.objection": Default("对裁定提出异议的期限（工作日）", 5, PRACTICE),
    "ruling.undo_days": Default("裁定后多少天内可以撤销（天）", 30, PRACTICE),
    "id_error.acknowledge": Default("证件号错误：学校确认收到的期限（工作日）", 3, PRACTICE),
    "id_error.choose": Default("证件号错误：学校核对并答复的期限（工作日）", 10, PRACTICE),
    "id_error.department": Default(
        "证件号错误：复核或主管部门核办的期限（工作日）", 10, "关键数据变更每个环节10个工作日"
    ),
    "id_error.police": Default("证件号错误：等待公安答复的期限（工作日）", 20, PRACTICE),
    "id_error.evidence": Default(
        "证件号错误：各种答复须提交的材料",
        {
            "claim": {"all": ["公安证明"], "any": []},
            "correct": {"all": ["户口簿"], "any": []},
            "delete": {"all": [], "any": []},
        },
        "教育部学籍系统问题学籍处理说明：更正凭监护人签字的户口簿页，信息无误的凭公安证明",
    ),
    "no_id.form": Default("无身份证号学生：学校办理证明表的期限（工作日）", 10, PRACTICE),
    "no_id.level": Default("无身份证号学生：每一级核办的期限（工作日）", 10, PRACTICE),
    "no_id.evidence": Default(
        "无身份证号学生：须上传的材料",
        {"all": ["无身份证号学生在校就读证明表"], "any": []},
        "无身份证号学生须由学校出具在校就读证明，学生和家长签字、学校盖章，逐级报送备案",
    ),
    "no_id.ask": Default("无身份证号学生：答复“是否已取得证件号”的期限（工作日）", 10, PRACTICE),
    "no_id.conversion": Default(
        "无身份证号学生：取得证件号后更正须提交的材料",
        {"all": ["户口簿"], "any": []},
        "关键数据变更凭户口簿或公安证明办理",
    ),
    "refusal.causes": Default(
        "可以拒绝的理由",
        {
            "receiving_school": ["没有空余学位", "材料不真实", "不符合转入条件"],
            "receiving_department": ["材料不真实", "不符合转学条件", "不在受理时段"],
            "releasing_school": ["有其他在办业务", "学籍存在问题", "学生信息不符"],
            "releasing_department": ["有其他在办业务", "学籍存在问题", "学生信息不符"],
            "common_department": ["材料不真实", "不符合转学条件", "学籍存在问题", "学生信息不符"],
            "contested": ["拒绝理由成立"],
        },
        "学校不得无正当理由拒绝；转出方只能以所列理由拒绝",
    ),
}


def look_up(world: World, key: str, office: Office | None, day: dt.date, stage: str | None = None) -> Rule:
    """Return the rule that holds at `office` on `day`: the nearest jurisdiction, then the nation, then the default."""
    default = DEFAULTS[key]
    return _nearest(world, key, office, day, stage) or Rule(key, default.value, default.source)


def course(world: World, key: str, office: Office | None, stage: str | None) -> list[tuple[dt.date, Any]]:
    """Return what holds at `office` from which day on, the earliest first, as all the rules say that are known now.

    Days that have passed keep what held on them: a rule that was given up ends, it is never rewritten.
    """
    places = _places(world, office)
    rows = [row for row in world.policies.get(key, ()) if row.org_id in places and row.stage in (None, stage)]
    ends = [row.valid_to + dt.timedelta(days=1) for row in rows if row.valid_to and row.valid_to < dt.date.max]
    found: list[tuple[dt.date, Any]] = []
    for day in sorted({dt.date.min, *(row.valid_from for row in rows), *ends}):
        row = _first(rows, places, day, stage)
        value = _value(row) if row else DEFAULTS[key].value
        if not found or found[-1][1] != value:
            found.append((day, value))
    return found


def places_with_rules(world: World, key: str, office: Office | None) -> tuple[int | None, ...]:
    """Return the places above `office` with rules of their own for a key: where these are equal, so is the answer."""
    having = world.memory.get(("having", key))
    if having is None:
        having = world.memory["having", key] = {row.org_id for row in world.policies.get(key, ())}
    return tuple(place for place in _places(world, office) if place in having) if having else ()


def _nearest(world: World, key: str, office: Office | None, day: dt.date, stage: str | None) -> Rule | None:
    """Return the stored rule of the nearest jurisdiction; there the one for the stage goes before the general one."""
    rows = world.policies.get(key, ())
    row = _first(rows, _places(world, office), day, stage) if rows else None
    return Rule(key, _value(row), row.source, world.offices.get(row.org_id or 0)) if row else None


def _first(
    rows: Iterable[PolicyRow], places: Sequence[int | None], day: dt.date, stage: str | None
) -> PolicyRow | None:
    """Return the row that goes before the others; of one place and stage the later start stands first in `rows`."""
    here = [row for row in rows if row.org_id in places and row.holds(day, stage)]
    return min(here, key=lambda row: (places.index(row.org_id), row.stage is None), default=None)


def _places(world: World, office: Office | None) -> list[int | None]:
    return [*(place.id for place in world.upwards(office)), None] if office else [None]


def _value(row: PolicyRow) -> Any:
    return row.value.get("value", row.value)


def severity_of(world: World, guard: str, default: str, office: Office | None, day: dt.date, stage: str | None) -> str:
    """Return how strictly a guard is taken at an office: block, warn, info or off (policy `guard.<code>`)."""
    rule = _nearest(world, f"guard.{guard}", office, day, stage)
    return str(rule.value) if rule and rule.value in SEVERITIES else default


def stage_of(grade: int | None) -> str | None:
    """Return primary (1-6), junior (7-9) or senior (10-12)."""
    if grade is None:
        return None
    return "primary" if grade <= 6 else "junior" if grade <= 9 else "senior"
