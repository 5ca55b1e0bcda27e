"""The filter of a desk's lists: read from an address, drawn as fields, said in words, written back as an address."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from web.present import words
from web.views import Field, Option
from workflow import processes
from workflow.narrowing import TERMS, Narrowing
from workflow.world import Office, World

NAMES = ("process", "phase", "due", "school")
"""The parameters, on pages and in the API."""
LISTS = ("todo", "copied")
"""Tabs of the inbox that can be limited."""
DUES = dict(zip(TERMS, ("已逾期", "今天到期", "本周内（含逾期）", "以后"), strict=True))
LONGEST = 100
"""Characters of a school's name that are looked at."""
MOST_SUGGESTED = 50


@dataclass(frozen=True)
class Filter:
    """The filter of a page: as it was typed, as it was understood, and by field what could not be."""

    typed: Mapping[str, str]
    wanted: Narrowing
    faults: Mapping[str, str] = field(default_factory=dict)


def on_page(typed: Mapping[str, str], world: World) -> Filter:
    """Read the filter of a page; a choice that nobody offers limits nothing, a school that is not there is told."""
    wanted, faults = read(typed, world)
    return Filter(typed, wanted, {name: fault for name, fault in faults.items() if name == "school"})


def read(typed: Mapping[str, str], world: World) -> tuple[Narrowing, dict[str, str]]:
    """Return what a list is limited to, and by parameter what is wrong with those that mean nothing."""
    process, phase, due = (typed.get(name, "") for name in NAMES[:3])
    office, fault = _office(typed.get("school", "").strip(), world)
    steps = steps_of(process)
    faults = {
        "process": "没有这类事项" if process and not steps else "",
        "phase": "没有这个环节，须与事项类别一起填写" if phase and phase not in steps else "",
        "due": "没有这种期限" if due and due not in TERMS else "",
        "school": fault,
    }
    wanted = Narrowing(
        process=process if steps else "",
        phase=phase if phase in steps else "",
        due=due if due in TERMS else "",
        office=office.id if office else None,
    )
    return wanted, {name: fault for name, fault in faults.items() if fault}


def steps_of(process: str) -> dict[str, str]:
    """Return the steps of a kind of business that can wait for somebody, by their keys; none for no such kind."""
    if process not in words.PROCESSES:
        return {}
    return {name: phase.title for name, phase in processes.newest(process).phases.items() if not phase.final}


def fields(asked: Filter, world: World, suggested: Iterable[int]) -> dict[str, Field]:
    """Return the fields by their names, filled in; the steps are those of the chosen kind of business.

    `suggested` are offices whose names are offered for what is typed.
    """
    wanted, fault = asked.wanted, asked.faults.get("school", "")
    typed = asked.typed.get("school", "").strip()
    offices = _named(typed, world) if fault else [world.offices[one] for one in suggested if one in world.offices]
    names = tuple(Option(name, "") for name in list(dict.fromkeys(one.name for one in offices))[:MOST_SUGGESTED])
    school = typed if fault else world.name(wanted.office)
    found = (
        choice("process", "事项", words.PROCESSES, wanted.process),
        choice("phase", "环节", steps_of(wanted.process), wanted.phase),
        choice("due", "期限", DUES, wanted.due),
        Field("school", "学校或单位", "search", school, options=names, error=fault, maxlength=LONGEST),
    )
    return {one.name: one for one in found}


def choice(name: str, label: str, options: Mapping[str, str], value: str) -> Field:
    """Return a list to choose one of, or none."""
    every = (Option("", "全部"), *(Option(code, word) for code, word in options.items()))
    return Field(name, label, "select", value, options=every, required=True)


def told(wanted: Narrowing, world: World) -> str:
    """Return in words what a list is limited to; empty for nothing."""
    step = steps_of(wanted.process).get(wanted.phase, "已停用的环节") if wanted.phase else ""
    concerned = f"涉及{world.name(wanted.office)}" if wanted.office else ""
    kind, term = words.PROCESSES.get(wanted.process, ""), DUES.get(wanted.due, "")
    return " · ".join(filter(None, (kind, step, term, concerned)))


def address(wanted: Narrowing, world: World) -> dict[str, Any]:
    """Return what a list is limited to as parts of an address."""
    office = world.offices.get(wanted.office or 0)
    parts = (wanted.process, wanted.phase, wanted.due, office.code if office else "")
    return {name: value for name, value in zip(NAMES, parts, strict=True) if value}


def _office(typed: str, world: World) -> tuple[Office | None, str]:
    """Return the office that is meant by a code, a name or a part of it that only one has; or why there is none."""
    if not typed:
        return None, ""
    if typed in world.by_code:
        return world.by_code[typed], ""
    if len(typed) > LONGEST:
        return None, f"名称最多 {LONGEST} 字"
    found = _named(typed, world)
    if len(found) == 1:
        return found[0], ""
    if not found:
        return None, "没有这个学校或单位，请写名称或标识码"
    return None, f"有 {len(found)} 个单位符合，请写全称或标识码"


def _named(typed: str, world: World) -> list[Office]:
    """Return the offices of a name, or else those whose name contains it, by their codes."""
    every = sorted(world.offices.values(), key=lambda one: one.code)
    return [one for one in every if one.name == typed] or [one for one in every if typed in one.name]
