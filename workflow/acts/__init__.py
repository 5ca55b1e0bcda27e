"""What may be done with a question whatever the process: take it, put it back, hand it on. Not part of any version.

Each act is an `Action` like those of the definitions and goes through the same door with the same checks; one subject
a module. They are kept out of the definitions so that a running case may use an act that came after its version.
"""

from workflow.acts import (
    adding,
    claiming,
    clearing,
    consulting,
    copying,
    handing_on,
    opening,
    overruling,
    people,
    recalling,
    returning,
    suspending,
    urging,
)
from workflow.acts.people import Candidates
from workflow.language import Common

COMMON: dict[str, Common] = {
    **adding.ACTS, **claiming.ACTS, **consulting.ACTS, **handing_on.ACTS, **copying.ACTS, **urging.ACTS,
    **returning.ACTS, **suspending.ACTS, **overruling.ACTS, **opening.ACTS,
    **clearing.ACTS, **recalling.ACTS,
}  # fmt: skip
"""Every common act by its name; a process that has an action of the same name keeps its own."""
CHOICES: dict[str, Candidates] = {
    "add_signer": adding.who_may_sign,
    "reassign": people.at_the_same_desk,
    "remove_signer": adding.those_added,
    **consulting.CHOICES,
    **copying.CHOICES,
}
"""Whom an act offers for its field `person`."""

OPTIONAL = (
    "claim", "reassign", "escalate", "add_signer", "send_back", "suspend", "propose_termination", "propose_jump",
    "recall",
)  # fmt: skip
"""What a jurisdiction may do without (policy `acts.off`); what takes such an act back stays."""

for _name, _act in COMMON.items():
    _act.name = _name
