"""Where a problem goes next: on when the last side has answered, up when a side objects, to the end when it is over."""

from workflow.problems.facts import inside_one_school, is_gone, latest_ruling, sides_of, stands_open
from workflow.step import Step


def after_an_answer(step: Step) -> str:
    """Stay while sides are asked; settle when at most one record still claims; else let the office above rule.

    Records of one school are settled by the school itself and confirmed by its department (domain 4.10).
    """
    sides = sides_of(step)
    ours = [side for side in sides if side.school_id]
    claiming = [side for side in sides if stands_open(step, side)]
    if len(claiming) <= 1 and any(side.review == "accepted" and not stands_open(step, side) for side in ours):
        return "confirmation" if inside_one_school(step) else "settled_by_sides"
    if any(side.review != "accepted" and not side.silent for side in ours):
        return "sides"
    return "arbitration" if len(ours) == len(sides) else "outside"


def after_confirmation(step: Step) -> str:
    """What the sides settled themselves needs no term for objections, nor does what was decided elsewhere.

    Nor is there one when every side has had its objection, or its school is no more.
    """
    ruling = latest_ruling(step)
    if ruling is None or ruling.basis == "sides":
        return "settled_by_sides"
    nobody_left = all(side.objected or is_gone(step.world, side) for side in sides_of(step) if side.school_id)
    return "settled" if ruling.basis == "outside" or nobody_left else "objection"


def after_return(step: Step) -> str:
    """Back to whoever drafted: the arbitrator, the province's officer, or the sides of one school."""
    ruling = latest_ruling(step)
    if ruling is None or ruling.basis == "sides":
        return "sides"
    return "outside" if ruling.basis == "outside" else "arbitration"
