"""What was ticked when a case was sent back, shown where it is put right: at the field, the fact, the paper."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from web.views import EvidenceTile, Fact, Field
from workflow import returns
from workflow.step import Step

FIELDS = {
    "学生姓名或学籍号": ("name", "record_no"),
    "转入年级或班级": ("target_grade", "to_class"),
    "转学理由": ("reason", "reason_note"),
}
"""The fields of the request that each ticked item speaks of."""
FACTS = {
    "学生姓名或学籍号": ("姓名", "学籍号"),
    "转入年级或班级": ("转入年级", "转入班级"),
    "转学理由": ("转学理由",),
    "监护人信息": ("监护人",),
    "没有证件号的原因": ("原因",),
}


def fields(step: Step, given: Iterable[Field]) -> tuple[Field, ...]:
    """Return the fields of a form, marked where somebody asks to put them right."""
    wanted = {name for item in _ticked(step) for name in FIELDS.get(item, ())}
    return tuple(replace(field, mark=_mark(step)) if field.name in wanted else field for field in given)


def facts(step: Step, given: Iterable[Fact]) -> tuple[Fact, ...]:
    """Return what is asked for, marked where somebody asks to put it right."""
    wanted = {label for item in _ticked(step) for label in FACTS.get(item, ())}
    return tuple(replace(fact, mark=_mark(step)) if fact.label in wanted else fact for fact in given)


def tiles(step: Step, given: Iterable[EvidenceTile]) -> tuple[EvidenceTile, ...]:
    """Return the papers, marked where a better one is asked for; one that came afterwards is the better one."""
    wanted = {kind for item in _ticked(step) for kind in returns.kinds_of(item)}
    since = _since(step)
    return tuple(
        replace(tile, faulty=_mark(step))
        if tile.url and tile.kind in wanted and (since is None or tile.uploaded_at is None or tile.uploaded_at <= since)
        else tile
        for tile in given
    )


def _ticked(step: Step) -> list[str]:
    return list(step.case.state.get("asked_for") or []) if step.case.closed_at is None else []


def _mark(step: Step) -> str:
    objection = step.case.state.get("objection") or {}
    return f"{step.world.name(objection.get('office'))}要求补正" if objection.get("office") else "要求补正"


def _since(step: Step) -> dt.datetime | None:
    at = (step.case.state.get("objection") or {}).get("at")
    return dt.datetime.fromisoformat(at) if at else None
