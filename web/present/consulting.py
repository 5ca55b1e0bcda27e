"""What somebody was asked for advice about, as he reads it above his answer."""

from sqlalchemy import select

from models.cases import Event
from models.people import Person
from web.views import Field
from workflow import journal, rights
from workflow.step import Step

TITLE = "征求的意见"


def asked(step: Step, action: str) -> tuple[Field, ...]:
    """Return who asked and what, for the act that answers it. One statement, asked only of whoever is to answer."""
    if action != "advise":
        return ()
    item = next((one for one in step.all_open if one.kind == "advise" and rights.holds(step, one)), None)
    query = (
        select(Event, Person.name)
        .join(Person, Person.id == Event.actor_id)
        .where(Event.case_id == step.case.id, Event.action == "consult")
        .order_by(Event.seq.desc())
    )
    for event, name in step.session.execute(query) if item else ():
        if item and event.body.get("item") == item.id:
            office = step.world.name(event.body.get("office"))
            return (Field("asked", TITLE, "fact", journal.opened(step.case, event).get("comment", ""),
                          hint=f"{office} {name}"),)  # fmt: skip
    return ()
