"""The process language: phases are questions, actions are answers, `role @ place` says who is asked.

A process is a class whose body reads from top to bottom. It is checked when it is created: every phase can be
reached, every phase that is not an end can be left, and every end is final.
"""

from workflow.language.actions import (
    AGAINST,
    FOR,
    Action,
    Check,
    Common,
    applicant,
    authority,
    decider,
    handler,
    holder,
    leader,
    optional,
    overseer,
    party,
    required,
    system,
)
from workflow.language.asking import ASIDE, Asked, Days, Each, Lapse, OnRoute, Place, Places, Question, Role, on_route
from workflow.language.guards import DifferentPeople
from workflow.language.phases import TERMINATED, Back, Chosen, End, Phase, back_to, stay
from workflow.language.process import BadProcess, Process

__all__ = [
    "AGAINST",
    "ASIDE",
    "FOR",
    "TERMINATED",
    "Action",
    "Asked",
    "Back",
    "BadProcess",
    "Check",
    "Chosen",
    "Common",
    "Days",
    "DifferentPeople",
    "Each",
    "End",
    "Lapse",
    "OnRoute",
    "Phase",
    "Place",
    "Places",
    "Process",
    "Question",
    "Role",
    "applicant",
    "authority",
    "back_to",
    "decider",
    "handler",
    "holder",
    "leader",
    "on_route",
    "optional",
    "overseer",
    "party",
    "required",
    "stay",
    "system",
]
