"""转学协办: an office is asked to clear away what stands against a request before it is sent (product, first 4).

    school ─▶ cleared · declined        department ─▶ cleared · declined
       └──────────▶ department
"""

from workflow.language import Action, Days, End, Phase, Place, Process, Role, holder, optional, required
from workflow.language import system as clock
from workflow.step import Step


def _asked(step: Step) -> int | None:
    return int(step.case.state["asked"])


def _hand_up(step: Step) -> None:
    """The department of the school that was asked takes it from here."""
    office = step.world.office(int(step.case.state["asked"]))
    above = next(one for one in step.world.upwards(office) if not one.is_school)
    step.case.state = {**step.case.state, "asked": above.id, "parties": [*step.case.state["parties"], above.id]}
    step.facts["office"] = office.id


def _note_office(step: Step) -> None:
    step.facts["office"] = step.item.org_id if step.item else None


asked_office = Place("asked_office", _asked)
ANSWER = Days("clearance.answer")


class Clearance(Process, key="clearance", version=1, title="转学协办", prefix="XB"):
    """One question: the pupil is to move, and something of yours stands in the way."""

    school = Phase("学校协办", asks=Role("school_clerk") @ asked_office, within=ANSWER, kind="task")
    department = Phase("主管部门协办", asks=Role("dept_clerk") @ asked_office, within=ANSWER, kind="task")
    cleared = End("已处理", good=True)
    declined = End("不能处理")
    dropped = End("不再需要")

    asked = (school, department)

    clear = Action(
        "已处理",
        asked >> cleared,
        by=holder,
        kinds=("task",),
        comment=optional,
        does=(_note_office,),
        tone="primary",
        consequence="告诉申请学校可以再次提交；能否提交仍由系统按学籍核对。",
    )
    hand_up = Action(
        "转主管部门",
        school >> department,
        by=holder,
        kinds=("task",),
        comment=optional,
        does=(_hand_up,),
        consequence="本校不能处理、须主管部门决定的，转请主管部门处理。",
    )
    decline = Action(
        "不能处理",
        asked >> declined,
        by=holder,
        kinds=("task",),
        comment=required,
        does=(_note_office,),
        tone="danger",
        consequence="写明原因，告诉申请学校。",
    )
    drop = Action("不再需要", asked >> dropped, by=clock, kinds=("task",))
    recallable = (hand_up,)
