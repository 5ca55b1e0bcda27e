"""Rules in force at a place on a day: every key in words, where it comes from, what will change; asking for others."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from models.policies import PolicyTrial
from web import clock
from web.admin.frame import (
    bp,
    chosen_department,
    departments,
    errors_of,
    office_options,
    reach,
    reach_or_refuse,
    typed,
)
from web.admin.policy_trials import begin
from web.auth import current_actor, current_world
from web.cases import new_key
from web.database import read_session, write
from web.formats import dotted
from web.pages.policies import PoliciesPage, PolicyPage, PolicyRow
from web.present import policies as presented
from web.present import policy_pages as shown
from web.views import Fact, Field, FieldError, Form, Option, Tab, refused
from workflow import policy_changes, policy_proposals, policy_trials
from workflow.administration import READERS, SECURITY, fault
from workflow.errors import Unmet
from workflow.payload import date_of
from workflow.policy_changes import LATEST, SOURCE_LIMIT, Holding, Setting
from workflow.policy_outlook import Change, coming, everything, standing
from workflow.policy_proposals import LONGEST_REASON
from workflow.policy_shapes import STAGED, STAGES, shape_of
from workflow.world import Office
from workflow.world import PolicyRow as Stored

EARLIEST = dt.date(2000, 1, 1)
MOST_CHANGES = 12
MOST_PROPOSALS = 20
LATEST_PROPOSALS = 5


@dataclass(frozen=True)
class Asked:
    """What the address asks for: a place, a day, and what is wrong with the day."""

    office: Office
    day: dt.date
    wrong: str = ""
    subject: str = ""


@bp.get("/policies", endpoint="policies")
def index() -> str | tuple[str, int]:
    """Draw all rules of a place, or one of them with where it comes from."""
    asked, key = _asked(), _key()
    if key:
        return _draw_one(asked, key, _stage())
    return (_draw_all(asked), 422) if asked.wrong else _draw_all(asked)


@bp.post("/policies")
def ask_for_policy() -> Response | tuple[str, int]:
    """Propose a rule of one's own from a day on, or that it ends (`act`: give_up), or try either (try, try_give_up)."""
    asked, key, values = _asked(), _key(), typed()
    shape = shape_of(key)
    if shape is None:
        abort(404)
    stage, act = values.get("stage", ""), values.get("act", "")
    ends = act.endswith("give_up")
    try:
        if act.startswith("try"):
            value = None if ends else presented.read(shape, request.form)
            return redirect(url_for(".trial", public_id=begin(asked.office, key, stage, value)), 303)
        public_id = _propose_end(asked.office, key, stage, values) if ends else _propose(asked.office, key, values)
    except Unmet as wrong:
        return _draw_one(asked, key, stage if stage in STAGES else "", wrong, ends), 422
    flash(f"已提议{'不再另定' if ends else '另定'}“{policy_changes.title_of(key)}”，等另一位安全管理员确认", "done")
    return redirect(url_for(".proposal", public_id=public_id), 303)


def _propose(office: Office, key: str, values: dict[str, str]) -> str:
    shape = shape_of(key)
    assert shape is not None
    actor, world, now = current_actor(), current_world(), clock.now()
    wanted = Setting(
        key,
        presented.read(shape, request.form),
        values.get("citation", ""),
        date_of(values.get("valid_from")),
        date_of(values.get("valid_to")),
        values.get("stage", ""),
    )
    if values.get("valid_to") and wanted.until is None:
        policy_changes.may_set(actor, world, office)
        raise Unmet([fault("valid_to", "日期应写成 2025-09-01 的样子")])
    reason, tried = values.get("reason", ""), values.get("trial", "")

    def work(session: Session) -> str:
        trial = policy_trials.of_value(session, tried, wanted, office.id) if tried else None
        return policy_proposals.propose(session, actor, world, office, wanted, reason, now, trial).public_id

    return write(work)


def _propose_end(office: Office, key: str, stage: str, values: dict[str, str]) -> str:
    actor, world, now, reason = current_actor(), current_world(), clock.now(), values.get("reason", "")
    wanted = Setting(key, None, "", date_of(values.get("valid_from")), stage=stage)
    return write(
        lambda session: policy_proposals.propose_end(session, actor, world, office, wanted, reason, now).public_id
    )


def _asked() -> Asked:
    office = chosen_department("place", reach_or_refuse(*READERS))
    text, subject = request.args.get("day", ""), request.args.get("subject", "")
    subject = subject if subject in shown.SUBJECTS else ""
    day = date_of(text) if text else clock.today()
    if day is None or not EARLIEST <= day <= LATEST:
        return Asked(office, clock.today(), "日期应写成 2025-09-01 的样子", subject)
    return Asked(office, day, "", subject)


def _key() -> str:
    key = request.args.get("key", "")
    if key and shape_of(key) is None:
        abort(404)
    return key


def _stage() -> str:
    stage = request.args.get("stage", "")
    return stage if stage in STAGES else ""


# ---- all rules -------------------------------------------------------------------------------------------------------


def _draw_all(asked: Asked) -> str:
    world, session, office, today = current_world(), read_session(), asked.office, clock.today()
    changes = coming(world, office, asked.day)
    chosen = [one for one in changes if asked.subject in ("", shown.subject_of(one.after.key))]
    waiting = policy_proposals.waiting(session, current_actor(), world, MOST_PROPOSALS + 1)
    page = PoliciesPage(
        place=office.name,
        day=asked.day,
        groups=tuple(_groups(asked, changes)),
        filter=_filter(asked),
        changes=tuple(shown.change(one, office, today + dt.timedelta(days=1)) for one in chosen[:MOST_CHANGES]),
        more_changes=max(0, len(chosen) - MOST_CHANGES),
        proposals=tuple(shown.proposal(one, world, today) for one in waiting[:MOST_PROPOSALS]),
        more_proposals=len(waiting) > MOST_PROPOSALS,
        today=asked.day == today,
    )
    return render_template("admin/policies.html", page=page)


def _groups(asked: Asked, changes: list[Change]) -> list[tuple[str, tuple[PolicyRow, ...]]]:
    """Return the rules by subject; on another day than today their links keep it."""
    day = None if asked.day == clock.today() else asked.day.isoformat()
    rows: dict[str, list[PolicyRow]] = {name: [] for name in shown.SUBJECTS}
    for one in everything(current_world(), asked.office, asked.day):
        later = [change for change in changes if (change.after.key, change.after.stage) == (one.key, one.stage)]
        rows[shown.subject_of(one.key)].append(shown.row(one, asked.office, later, day=day))
    wanted = [asked.subject] if asked.subject else list(shown.SUBJECTS)
    return [(shown.SUBJECTS[name][0], tuple(rows[name])) for name in wanted if rows[name]]


def _filter(asked: Asked) -> Form:
    subjects = (Option("", "全部"), *(Option(name, heading) for name, (heading, _) in shown.SUBJECTS.items()))
    places = office_options(departments(reach(*READERS)))
    day = request.args.get("day", "") if asked.wrong else asked.day.isoformat()
    fields = (
        Field("place", "看哪里的规则", "select", asked.office.public_id, required=True, options=places),
        Field("day", "哪一天", "date", day, required=True, error=asked.wrong, width="short"),
        Field("subject", "哪一类", "select", asked.subject, required=True, options=subjects, width="short"),
    )
    return Form(fields, button="查看")


# ---- one rule --------------------------------------------------------------------------------------------------------


def _draw_one(asked: Asked, key: str, stage: str, wrong: Unmet | None = None, ends: bool = False) -> str:
    world, office, today = current_world(), asked.office, clock.today()
    may_set = office.id in reach(SECURITY) and office.closed_on is None
    own = bool(policy_changes.own_rules(world, key, office, stage, today))
    here = standing(world, key, office, asked.day, stage)
    page = PolicyPage(
        row=shown.row(here, office, []),
        office=office.name,
        day=asked.day,
        back_url=url_for(".policies", place=office.public_id),
        chain=_chain(asked, key, stage),
        stages=_stages(office, key, stage),
        changes=tuple(
            shown.change(one, office, today + dt.timedelta(days=1))
            for one in coming(world, office, asked.day)
            if (one.after.key, one.after.stage) == (key, stage)
        ),
        proposals=_proposals(office, key),
        form=_form(office, key, stage, None if ends else wrong) if may_set else None,
        ending=_ending(stage, wrong if ends else None) if may_set and (own or ends) else None,
        alone=may_set and not policy_proposals.has_second(read_session(), current_actor(), world, office, today),
    )
    return render_template("admin/policy.html", page=page)


def _chain(asked: Asked, key: str, stage: str) -> tuple[Fact, ...]:
    """Return every place that could decide, nearest first; the first that did is in use."""
    facts, used = [], False
    for holding in policy_changes.chain(current_world(), key, asked.office, asked.day, stage or None):
        if holding.office is None and not holding.now and not holding.coming:
            continue
        notes = ["用这一条"] if holding.now and not used else []
        notes += [f"{dotted(one.valid_from)} 起：{shown.said(key, _value(one))}" for one in reversed(holding.coming)]
        said = shown.said(key, _value(holding.now)) if holding.now else "没有另定"
        facts.append(Fact(_place(holding), said, "；".join(notes)))
        used = used or holding.now is not None
    default, _ = policy_changes.default_of(key)
    return (*facts, Fact(shown.DEFAULT, shown.said(key, default), "" if used else "用这一条"))


def _place(holding: Holding) -> str:
    return holding.office.name if holding.office else "全国"


def _value(row: Stored) -> Any:
    return row.value.get("value", row.value)


def _stages(office: Office, key: str, stage: str) -> tuple[Tab, ...]:
    """Return the stages among which a rule may differ."""
    if key not in STAGED:
        return ()
    return tuple(
        Tab(word, shown.rule_url(office, key, code), active=code == stage)
        for code, word in (("", "各学段"), *STAGES.items())
    )


def _proposals(office: Office, key: str) -> tuple[Any, ...]:
    session, world, today = read_session(), current_world(), clock.today()
    found = policy_proposals.of_rule(session, office, key, LATEST_PROPOSALS)
    return tuple(shown.proposal(one, world, today) for one in found)


# ---- the forms -------------------------------------------------------------------------------------------------------


def _form(office: Office, key: str, stage: str, wrong: Unmet | None) -> Form:
    shape = shape_of(key)
    assert shape is not None
    present = standing(current_world(), key, office, clock.today(), stage)
    tried = _tried(office, key, stage)
    stored = presented.texts(shape, tried.value["value"] if tried and tried.value else present.value)
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
        Field("valid_from", "从哪天起", "date", text("valid_from", clock.today().isoformat()), required=True,
              width="short"),
        Field("valid_to", "到哪天止", "date", text("valid_to"), hint="不填为长期", width="short"),
        Field("citation", "依据", value=text("citation"), required=True, hint="文件名称和文号", maxlength=SOURCE_LIMIT),
        Field("reason", "为什么要改", "textarea", text("reason"), required=True, hint="给确认的人看", rows=3,
              maxlength=LONGEST_REASON),
    ]  # fmt: skip
    if tried or sent.get("trial"):
        fields.append(Field("trial", "", "hidden", tried.public_id if tried else sent["trial"][:26]))
    return _given(Form(tuple(fields), key=new_key(), button="提交提议"), wrong)


def _tried(office: Office, key: str, stage: str) -> PolicyTrial | None:
    """Return the trial from which the form is filled in, if the address names one of this rule."""
    public_id = request.args.get("trial", "")
    if not public_id or request.method == "POST":
        return None
    found = policy_trials.find(read_session(), current_actor(), current_world(), public_id)
    return found if (found.org_id, found.key, found.stage) == (office.id, key, stage) else None


def _ending(stage: str, wrong: Unmet | None) -> Form:
    sent = request.form if wrong else {}
    fields = (
        Field("stage", "", "hidden", stage),
        Field("valid_from", "从哪天起按上级的规则", "date", sent.get("valid_from", clock.today().isoformat()),
              required=True, width="short"),
        Field("reason", "为什么不再另定", "textarea", sent.get("reason", ""), required=True, hint="给确认的人看",
              rows=2, maxlength=LONGEST_REASON),
    )  # fmt: skip
    return _given(Form(fields, key=new_key(), button="提议不再另定"), wrong)


def _given(form: Form, wrong: Unmet | None) -> Form:
    if wrong is None:
        return form
    errors: tuple[FieldError, ...] = errors_of(wrong, {field.name for field in form.fields})
    return refused(form, errors)
