"""People as pages name them: who has a question, and whom an act may be given to."""

from sqlalchemy import select

from models.cases import WorkItem
from models.people import Person
from web.present import words
from web.views import Field, Option
from workflow import acts, rights
from workflow.acts import copying
from workflow.acts.people import Candidates
from workflow.colleagues import Colleague
from workflow.step import Step

LABELS = {
    "reassign": "转给谁",
    "consult": "向谁征求意见",
    "copy": "抄送给谁",
    "add_signer": "请谁签署",
    "remove_signer": "减去谁",
}
HINTS = {
    "consult": "可以从提示的名单中选，也可以填写本部门下属单位人员的用户名",
    "copy": "可以从提示的名单中选；抄送单位的，填写单位名称或代码",
}
"""Acts that may name somebody who is in no list."""
MOST_OFFICES = 60


def holder(step: Step, item: WorkItem) -> str:
    """Return who has a question by name; empty where it is everybody's at the desk, or the reader's own."""
    if item.assignee_id in (None, step.actor.id):
        return ""
    return _names(step).get(item.assignee_id or 0, "")


def _names(step: Step) -> dict[int, str]:
    """Return who has open questions of the case by name; asks only for those who are not known anyway."""
    if "holders" not in step.cache:
        known = {one.id: one.name for one in step.cache.get("around", ())}
        numbers = {item.assignee_id for item in step.all_open if item.assignee_id} - set(known)
        query = select(Person.id, Person.name).where(Person.id.in_(numbers))
        more = step.session.execute(query).all() if numbers else ()
        step.cache["holders"] = known | {row.id: row.name for row in more}
    found: dict[int, str] = step.cache["holders"]
    return found


def choices(step: Step, action: str) -> list[Colleague]:
    """Return whom the actor may name with an act; the question it is about is that which gives him the right."""
    candidates: Candidates | None = acts.CHOICES.get(action)
    if candidates is None or rights.right_to(step, acts.COMMON[action]) is not None:
        return []
    return candidates(step)


def field(step: Step, action: str, value: str, error: str) -> Field:
    """Return the field in which somebody is chosen, or named where more than the list can be."""
    people, label = choices(step, action), LABELS.get(action, "哪一位")
    if action in HINTS:
        named = [Option(one.username, one.name, desk(step, one)) for one in people]
        offices = copying.offices(step)[:MOST_OFFICES] if action == "copy" else []
        options = [*named, *(Option(one.name, one.code) for one in offices)]
        return Field("person", label, value=value, hint=HINTS[action], error=error, required=True, maxlength=100,
                     autocomplete="off", options=tuple(options))  # fmt: skip
    options = [Option(one.public_id, one.name, desk(step, one)) for one in people]
    return Field("person", label, "select", value, error=error, required=True,
                 options=(Option("", "请选择"), *options))  # fmt: skip


def desk(step: Step, one: Colleague) -> str:
    """Return where somebody sits: office and role."""
    return f"{step.world.name(one.org_id)} {words.ROLE_TITLES.get(one.role, one.role)}"
