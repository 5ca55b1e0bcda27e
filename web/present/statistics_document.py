"""Figures as plain data, for the API and the command alike."""

from typing import Any

from web.present import steps
from workflow.statistics.counting import AGE_DAYS, RECORD_AGE_DAYS
from workflow.statistics.figures import Figures, Line
from workflow.statistics.period import Period
from workflow.world import Office


def document(figures: Figures) -> dict[str, Any]:
    """Return the figures of an office; weeks, causes and ages are told for the sum only."""
    period, total = figures.period, figures.total
    return {
        "office": _office(figures.office),
        "period": {"key": period.key, "from": period.first.isoformat(), "to": period.last.isoformat()},
        "at": figures.now.isoformat(),
        "total": _line(total) | {
            "ages": _ages(total),
            "weeks": _weeks(total, period),
            "causes": [{"how": one.how, "cause": one.cause, "number": one.number} for one in figures.causes],
        },
        "own": _line(figures.own),
        "below": [{"office": _office(child), **_line(line)} for child, line in figures.below],
    }  # fmt: skip


def _office(office: Office) -> dict[str, str]:
    return {"code": office.code, "name": office.name}


def _line(line: Line) -> dict[str, Any]:
    return {
        "open": line.open,
        "today": line.today,
        "late": line.late,
        "came": line.came.total(),
        "went": line.went.total(),
        "done": line.done,
        "in_time": line.in_time,
        "late_then": line.late_then,
        "share": None if line.share is None else round(line.share, 4),
        "median_days": line.median(),
        "ended": {how: number for how, number in sorted(line.ends.items()) if number},
        "steps": [_step(line, step) for step in sorted({*line.days, *(one for one, _ in line.paces)}, key=steps.order)],
        "records": [
            {"kind": kind, "over_days": _over(RECORD_AGE_DAYS, age), "number": number}
            for (kind, age), number in sorted(line.records.items())
        ],
    }


def _step(line: Line, step: str) -> dict[str, Any]:
    paces = {pace: line.paces[(step, pace)] for pace in ("late", "today", "later")}
    return {
        "step": step,
        "title": steps.full_word(step),
        "open": sum(paces.values()),
        "today": paces["today"],
        "late": paces["late"],
        "answers": line.answers(step),
        "median_days": line.median(step),
    }


def _ages(line: Line) -> list[dict[str, Any]]:
    places = range(len(AGE_DAYS) + 1)
    return [{"over_days": _over(AGE_DAYS, age), "number": line.ages[age]} for age in places]


def _over(days: tuple[int, ...], age: int) -> int:
    return days[age - 1] if age else 0


def _weeks(line: Line, period: Period) -> list[dict[str, Any]]:
    return [
        {"from": week.first.isoformat(), "to": week.last.isoformat(), "came": line.came[n], "went": line.went[n]}
        for n, week in enumerate(period.weeks)
    ]
