"""Events that decide nothing: what the clock did about a case. They raise no revision, so no open page gets stale."""

from typing import Any

from models.cases import WorkItem
from workflow import desk, journal
from workflow.step import Step
from workflow.world import Office


def note(step: Step, action: str, item: WorkItem | None = None, *, tell: list[tuple[str, str]], **facts: Any) -> None:
    """Append an event under the case's lock and write its notices.

    `tell` lists (purpose, queue), the most serious first: a person in two of the queues gets the first one only.
    """
    about: dict[str, Any] = {"item": item.id} if item else {}
    told = {**facts, **about}
    for purpose, queue in dict.fromkeys(tell):
        step.tell(purpose, queue, **told)
    step.facts = {"office": item.org_id, **told} if item else told
    journal.append(step, action, "", "")
    desk.send(step)
    step.intents, step.facts = [], {}
    step.session.flush()


def above(step: Step, office: Office) -> Office | None:
    """Return the authority directly above an office: for a school the department that supervises it."""
    return next((upper for upper in step.world.upwards(office) if upper.id != office.id), None)
