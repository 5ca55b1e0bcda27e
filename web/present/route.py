"""The route of a transfer as stations: done, present, coming, each with its date."""

import datetime as dt
from collections.abc import Iterator

from web.present import days, reversals, signing, words
from web.views import Station
from workflow import counting
from workflow.calendar import day_of
from workflow.policies import look_up
from workflow.routing import Stop, key_of
from workflow.step import Step
from workflow.transfers import path
from workflow.transfers.certificate import PARTIES
from workflow.transfers.outside import MILESTONE_NAMES


def stations(step: Step) -> tuple[Station, ...]:
    """Return every office of the case in order, the applicant first and the pupil's arrival last."""
    return (_start(step), *_stops(step), _arrival(step), *reversals.station(step))


def planned(step: Step, route: list[Stop]) -> tuple[Station, ...]:
    """Return the stations of a route that is only previewed, with the dates by which each is due.

    In a request that came back those are done whose opinion holds after the correction.
    """
    day, standing = step.today, step.case.state.get("decisions", {})
    found = []
    for stop in route:
        decision = standing.get(key_of(stop))
        if decision and path.stands(step.subject, stop, decision):
            on = day_of(dt.datetime.fromisoformat(decision["at"]))
            name, word = _name(step, stop), _step_word(stop)
            found.append(Station(name, word, "done", on=on, who=decision["name"], word="意见继续有效"))
            continue
        day, provisional = _after(step, day, stop)
        found.append(
            Station(
                _name(step, stop),
                _step_word(stop),
                "coming",
                expected=day,
                provisional=provisional,
                external=bool(stop.get("milestone")),
            )
        )
    return tuple(found)


def because(route: list[Stop], step: Step) -> str:
    """Return why this route: one sentence for the family and the clerk."""
    decisions = len([stop for stop in route if not stop.get("milestone")])
    if step.subject.direction != "inside":
        return f"跨省转学：本省 {decisions} 个单位核办，外省环节由本校登记结果"
    common = next((stop for stop in route if stop["phase"] == "common_department"), None)
    if common:
        return f"共 {decisions} 个单位核办：两校同属{step.world.name(common['org'])}主管，主管部门只核办一次"
    return f"共 {decisions} 个单位核办：两校主管部门不同，双方学校和主管部门分别核办"


def _start(step: Step) -> Station:
    case = step.case
    name = step.world.name(case.applicant_org_id)
    if case.phase == "draft":
        item = next(iter(step.open_items), None)
        left = days.of_item(step.world, item, step.today) if item else None
        return Station(name, "填写申请" if item is None else "补正", "present", left=left)
    return Station(name, "提交申请", "done", on=day_of(case.submitted_at) if case.submitted_at else None)


def _stops(step: Step) -> Iterator[Station]:
    standing = path.standing_decisions(step)
    day: dt.date | None = None
    for turn, stop in enumerate(step.case.route):
        decision = standing.get(key_of(stop))
        name, word, outside = _name(step, stop), _step_word(stop), bool(stop.get("milestone"))
        if decision:
            on = day_of(dt.datetime.fromisoformat(decision["at"]))
            said = "裁定同意" if decision.get("overruled") else f"{signing.of_stop(stop)}同意"
            if decision.get("by_office"):
                said = f"{step.world.office(decision['by_office']).name}代为同意"
            yield Station(name, word, "done", on=on, who=decision["name"], word=said, external=outside)
        elif _is_present(step, turn, stop):
            item = next(iter(step.open_items), None)
            left = days.of_item(step.world, item, step.today) if item else None
            day = left.due if left else step.today
            far = signing.how_far(step)
            yield Station(name, word, "present", left=left, expected=day, external=outside, word=far)
            day = max(day or step.today, step.today)  # what is late already makes what follows later
        elif step.case.closed_at:
            if turn == step.case.turn and step.case.phase == "rejected":
                yield Station(name, word, "refused", word="不同意", external=outside)
            else:
                yield Station(name, word, "skipped", skipped_because="申请已结束", external=outside)
        else:
            day, provisional = _after(step, day or step.today, stop)
            yield Station(name, word, "coming", expected=day, provisional=provisional, external=outside)


def _arrival(step: Step) -> Station:
    case, transfer = step.case, step.subject
    number = transfer.from_school_id if transfer.direction == "outgoing" else transfer.to_school_id
    name = step.world.name(number) or step.world.name(case.applicant_org_id)
    word = "外省调档" if transfer.direction == "outgoing" else "学生报到"
    if case.phase == "effective":
        return Station(name, word, "done", on=transfer.arrived_on)
    if case.phase == "arrival":
        item = next(iter(step.open_items), None)
        return Station(name, word, "present", left=days.of_item(step.world, item, step.today) if item else None)
    return Station(
        name, word, "skipped" if case.closed_at else "coming", skipped_because="申请已结束" if case.closed_at else ""
    )


def _is_present(step: Step, turn: int, stop: Stop) -> bool:
    if step.case.closed_at or turn != step.case.turn:
        return False
    return step.case.phase in (stop["phase"], "contested")


def _after(step: Step, day: dt.date, stop: Stop) -> tuple[dt.date, bool]:
    office = step.world.offices.get(stop["org"] or step.case.applicant_org_id)
    term = int(look_up(step.world, "node.transfer", office, step.today).value)
    pauses = counting.pauses_of(step, office) if office else {}
    due = counting.calendar_for(step.world, office, pauses).due_day(day, term)
    return due.day, due.provisional


def _name(step: Step, stop: Stop) -> str:
    if stop.get("milestone"):
        outside = step.subject.outside or {}
        return str(outside.get("province") or "外省")
    return step.world.name(stop["org"])


def _step_word(stop: Stop) -> str:
    if stop.get("milestone"):
        return MILESTONE_NAMES[stop["milestone"]]
    role = words.ROLE_TITLES.get(stop["role"], "")
    if stop.get("manner"):
        return f"{PARTIES[stop['phase']]}{signing.of_stop(stop)}"
    return f"{PARTIES[stop['phase']]}核办" if stop["role"].endswith("leader") else f"{role}初核"
