"""The rules of a place as the pages of the administrators show them: grouped by subject, with what will change."""

import datetime as dt

from flask import url_for

from web.formats import dotted
from web.pages.policies import ChangeRow, PolicyRow, ProposalRow
from web.present.policies import words
from workflow import policy_changes
from workflow.policy_outlook import Change, Standing
from workflow.policy_proposals import STATES, Listed, obstacle
from workflow.policy_shapes import STAGES, shape_of
from workflow.world import Office, World

SUBJECTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "signing": ("签署", ("node.steps", "signing.", "transfer.extra_levels", "problem.review_levels")),
    "desks": ("分派和办理方式", ("desk.", "acts.", "bulk.", "consult.")),
    "terms": ("转学的期限", ("node.", "transfer.paper_file", "case.", "school.", "clearance.")),
    "transfer": ("转学的时段、条件和材料", ("transfer.", "terms", "class.size", "refusal.")),
    "reminders": ("提醒、督办和代理", ("reminder.", "guardian.", "queue.", "deputy.")),
    "problems": ("问题学籍", ("problem.", "arbitration", "inquiry.", "ruling.")),
    "numbers": ("证件号", ("id_error.", "no_id.")),
    "guards": ("审查尺度", ("guard.",)),
    "others": ("其他", ("",)),
}
"""By subject: the heading, and how the keys begin; the first subject that fits has a key."""
DEFAULT = "产品默认"


def subject_of(key: str) -> str:
    """Return the subject under which a key stands."""
    exact = next((name for name, (_, starts) in SUBJECTS.items() if key in starts), "")
    return exact or next(name for name, (_, starts) in SUBJECTS.items() if key.startswith(starts))


def said(key: str, value: object) -> str:
    """Return the value of a rule in words."""
    shape = shape_of(key)
    assert shape is not None
    return words(key, shape, value)


def title(key: str, stage: str) -> str:
    """Return what a rule is about, with the stage it is limited to."""
    name = policy_changes.title_of(key)
    return f"{name}（{STAGES[stage]}）" if stage in STAGES else name


def place_of(one: Standing) -> str:
    """Return who set a rule."""
    if one.row is None:
        return DEFAULT
    return one.office.name if one.office else "全国"


def row(one: Standing, office: Office, later: list[Change], day: str | None = None) -> PolicyRow:
    """Return a line of the list; `later` are the changes of this very rule, the next one first."""
    return PolicyRow(
        key=one.key,
        meaning=policy_changes.title_of(one.key),
        value=said(one.key, one.value),
        place=place_of(one),
        citation=one.source,
        valid_from=one.row.valid_from if one.row else None,
        valid_to=one.row.valid_to if one.row else None,
        stage=STAGES.get(one.stage, ""),
        url=rule_url(office, one.key, one.stage, day),
        later=f"{dotted(later[0].day)} 起：{said(one.key, later[0].after.value)}" if later else "",
    )


def rule_url(office: Office, key: str, stage: str = "", day: str | None = None) -> str:
    """Return the address of one rule at a place; `day` only where it is not today."""
    return url_for("admin.policies", place=office.public_id, key=key, stage=stage or None, day=day)


def change(one: Change, office: Office, tomorrow: dt.date) -> ChangeRow:
    """Return a coming change in words."""
    return ChangeRow(
        day=one.day,
        meaning=title(one.after.key, one.after.stage),
        before=said(one.before.key, one.before.value),
        after=said(one.after.key, one.after.value),
        place=place_of(one.after),
        citation=one.after.source,
        url=rule_url(office, one.after.key, one.after.stage),
        soon="明天" if one.day == tomorrow else "",
    )


def proposal(one: Listed, world: World, today: dt.date) -> ProposalRow:
    """Return a proposal as a line of a list."""
    asked = one.proposal
    is_open = asked.state == "open"
    why_not = obstacle(world, asked, today) if is_open else ""
    return ProposalRow(
        url=url_for("admin.proposal", public_id=asked.public_id),
        meaning=title(asked.key, asked.stage),
        office=world.name(asked.org_id),
        asked=asked_for(one),
        since=asked.valid_from,
        by=one.by,
        at=asked.proposed_at,
        state="不能再确认" if why_not else state_of(one),
        note=why_not or asked.answer,
    )


def asked_for(one: Listed) -> str:
    """Return in words what a proposal wants."""
    asked = one.proposal
    return said(asked.key, asked.value["value"]) if asked.value else "不再另定，按上级的规则"


def state_of(one: Listed) -> str:
    """Return what became of a proposal, and by whom."""
    state = STATES[one.proposal.state]
    return f"{one.decided_by}{state}" if one.decided_by and one.proposal.state in ("confirmed", "rejected") else state
