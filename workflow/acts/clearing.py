"""请有关单位处理: before a request is sent, the office that can clear an obstacle gets a task."""

from workflow.acts.opening import OfDraft
from workflow.language import Common, applicant
from workflow.transfers import clearing

ACTS: dict[str, Common] = {
    "ask_to_clear": OfDraft(
        "请有关单位处理",
        by=applicant,
        when=clearing.may_ask,
        fields=("guard",),
        does=(clearing.ask,),
        consequence="对方单位的待办中会出现这件事，办结后通知您；草稿保留。",
    ),
}
