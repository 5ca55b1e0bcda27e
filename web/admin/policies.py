"""Rules in force at a place: every key with its value in words, where it comes from, and setting one's own."""

import datetime as dt
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from web import clock
from web.admin.frame import (
    READERS,
    bp,
    chosen_department,
    departments,
    errors_of,
    office_options,
    reach,
    reach_or_refuse,
    typed,
)
from web.auth import current_actor, current_world
from web.cases import new_key
from web.database import write
from web.formats import dotted
from web.pages import PoliciesPage, PolicyRow
from web.present import policies as presented
from web.views import Fact, Field, Form, Option, refused
from workflow import policy_changes
from workflow.administration import SECURITY, fault
from workflow.errors import Unmet
from workflow.payload import date_of
from workflow.policy_changes import SOURCE_LIMIT, Holding, Setting
from workflow.policy_shapes import GRADED, STAGED, STAGES, shape_of
from workflow.world import Office
from workflow.world import PolicyRow as Stored

GROUPS = (
    ("期限和提醒", ("node.transfer", "node.arrival", "node.file_pull", "node.correct", "node.contested",
                "transfer.paper_file", "case.expire", "case.expire_warnings", "reminder.ladder", "queue.grace_hours",
                "school.vacations", "deputy.longest_days")),
    ("转学", ("transfer.windows", "transfer.freezes", "terms", "class.size", "transfer.evidence", "transfer.reasons",
             "refusal.causes")),
    ("签署", ("node.steps", "signing.school", "signing.department", "transfer.extra_levels")),
    ("审查尺度", tuple(f"guard.{code}" for code in GRADED)),
)  # fmt: skip


@bp.get("/policies", endpoint="policies")
def index() -> str:
    """Draw the rules of a place, and one of them with where it comes from."""
    office = chosen_department("place", reach_or_refuse(*READERS))
    return _draw(office, _key(), _stage())


@bp.post("/policies")
def set_policy() -> Response | tuple[str, int]:
    """Set a rule of one's own from a day on, or give it up."""
    office = chosen_department("place", reach_or_refuse(*READERS))
    key, values = _key(), typed()
    shape = shape_of(key)
    if shape is None:
        abort(404)
    actor, world, now, stage = current_actor(), current_world(), clock.now(), values.get("stage", "")
    title = policy_changes.title_of(key)
    if values.get("act") == "give_up":
        write(lambda session: policy_changes.give_up(session, actor, world, office, key, stage, now))
        flash(f"{office.name}不再另定“{title}”", "done")
        return redirect(url_for(".policies", place=office.public_id, key=key), 303)
    wanted = Setting(
        key,
        presented.read(shape, request.form),
        values.get("citation", ""),
        date_of(values.get("valid_from")),
        date_of(values.get("valid_to")),
        stage,
    )
    try:
        if values.get("valid_to") and wanted.until is None:
            raise Unmet([fault("valid_to", "日期应写成 2025-09-01 的样子")])
        write(lambda session: policy_changes.put(session, actor, world, office, wanted, now))
    except Unmet as wrong:
        return _draw(office, key, stage if stage in STAGES else "", wrong), 422
    flash(f"{office.name}已另定“{title}”，{dotted(wanted.since)} 起生效", "done")
    return redirect(url_for(".policies", place=office.public_id, key=key, stage=stage or None), 303)


def _key() -> str:
    key = request.args.get("key", "")
    if key and shape_of(key) is None:
        abort(404)
    return key


def _stage() -> str:
    stage = request.args.get("stage", "")
    return stage if stage in STAGES and request.args.get("key", "") in STAGED else ""


def _draw(office: Office, key: str, stage: str, wrong: Unmet | None = None) -> str:
    world, today = current_world(), clock.today()
    chosen = _chosen(office, key, stage, today) if key else None
    may_set = bool(chosen) and office.id in reach(SECURITY) and office.closed_on is None
    own = policy_changes.chain(world, key, office, today, stage or None)[0] if key else None
    page = PoliciesPage(
        place=office.name,
        groups=tuple((heading, tuple(_rows(office, keys, key, stage, today))) for heading, keys in GROUPS),
        filter=_filter(office),
        chosen=chosen,
        form=_form(office, key, stage, today, wrong) if may_set else None,
        chosen_stage=stage,
        may_give_up=may_set and own is not None and any(row.stage == (stage or None) for row in _all(own)),
    )
    return render_template("admin/policies.html", page=page)


def _all(holding: Holding) -> list[Stored]:
    return [*((holding.now,) if holding.now else ()), *holding.coming]


def _filter(office: Office) -> Form:
    choices = departments(reach(*READERS))
    field = Field("place", "看哪里的规则", "select", office.public_id, required=True, options=office_options(choices))
    return Form((field,), button="切换")


# ---- the table -------------------------------------------------------------------------------------------------------


def _rows(office: Office, keys: tuple[str, ...], key: str, stage: str, today: dt.date) -> list[PolicyRow]:
    """Return one row for each key, and one for each stage that has a rule of its own."""
    found = []
    for one in keys:
        general = _row(office, one, "", today, active=one == key and not stage)
        found.append(general)
        if one in STAGED:
            for name in STAGES:
                holding = policy_changes.in_force(current_world(), one, office, today, name)
                if holding and holding.now and holding.now.stage == name:
                    found.append(_row(office, one, name, today, active=one == key and stage == name))
    return found


def _row(office: Office, key: str, stage: str, today: dt.date, *, active: bool) -> PolicyRow:
    holding = policy_changes.in_force(current_world(), key, office, today, stage or None)
    default, source = policy_changes.default_of(key)
    row = holding.now if holding else None
    value = _value(row) if row else default
    return PolicyRow(
        key=key,
        meaning=policy_changes.title_of(key),
        value=_said(key, value),
        place=_place(holding) if holding else "产品默认",
        citation=row.source if row else source,
        valid_from=row.valid_from if row else None,
        valid_to=row.valid_to if row else None,
        stage=STAGES.get(stage, ""),
        url=url_for(".policies", place=office.public_id, key=key, stage=stage or None),
        active=active,
    )


def _chosen(office: Office, key: str, stage: str, today: dt.date) -> PolicyRow:
    """Return the row with every place that could decide, nearest first; the first that did is in use."""
    world = current_world()
    row = _row(office, key, stage, today, active=True)
    facts, used = [], False
    for holding in policy_changes.chain(world, key, office, today, stage or None):
        if holding.office is None and not _all(holding):
            continue
        notes = ["现在用这一条"] if holding.now and not used else []
        notes += [f"{dotted(one.valid_from)} 起：{_said(key, _value(one))}" for one in reversed(holding.coming)]
        said = _said(key, _value(holding.now)) if holding.now else "没有另定"
        facts.append(Fact(_place(holding), said, "；".join(notes)))
        used = used or holding.now is not None
    default, _ = policy_changes.default_of(key)
    facts.append(Fact("产品默认", _said(key, default), "" if used else "现在用这一条"))
    return PolicyRow(row.key, row.meaning, row.value, row.place, row.citation, row.valid_from, row.valid_to, row.stage,
                     row.url, True, tuple(facts))  # fmt: skip


def _place(holding: Holding) -> str:
    return holding.office.name if holding.office else "全国"


def _value(row: Stored) -> Any:
    return row.value.get("value", row.value)


def _said(key: str, value: Any) -> str:
    shape = shape_of(key)
    assert shape is not None
    return presented.words(key, shape, value)


# ---- the form --------------------------------------------------------------------------------------------------------


def _form(office: Office, key: str, stage: str, today: dt.date, wrong: Unmet | None) -> Form:
    shape = shape_of(key)
    assert shape is not None
    holding = policy_changes.in_force(current_world(), key, office, today, stage or None)
    present = _value(holding.now) if holding and holding.now else policy_changes.default_of(key)[0]
    stored = presented.texts(shape, present)
    sent = request.form

    def give(path: str) -> list[str]:
        return sent.getlist(path) if wrong else stored.get(path, [])

    def text(name: str, usual: str = "") -> str:
        return sent.get(name, "") if wrong else usual

    fields = [*presented.fields(shape, give, f"{office.short_name}的值")]
    if key in STAGED:
        stages = (Option("", "各学段"), *(Option(code, word) for code, word in STAGES.items()))
        chosen = text("stage", stage)
        fields.append(Field("stage", "适用学段", "select", chosen, required=True, options=stages, width="short"))
    fields += [
        Field("citation", "依据", value=text("citation"), required=True, hint="文件名称和文号", maxlength=SOURCE_LIMIT),
        Field("valid_from", "从哪天起", "date", text("valid_from", today.isoformat()), required=True, width="short"),
        Field("valid_to", "到哪天止", "date", text("valid_to"), hint="不填为长期", width="short"),
    ]
    form = Form(tuple(fields), key=new_key(), button="另定")
    return refused(form, errors_of(wrong, {field.name for field in fields})) if wrong else form
