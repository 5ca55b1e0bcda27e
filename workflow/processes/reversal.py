"""Taking a finished transfer back (domain 4.0): an officer above both schools asks, his leader decides."""

from models.transfers import Reversal as About
from workflow.language import Action, Days, End, Phase, Process, Role, holder, optional, required
from workflow.transfers import reversing

leader = Role("dept_leader")


class Reversal(Process, key="reversal", version=1, title="撤销转学", prefix="CZ", about=About):
    """One question; the pupil is back at the old school in the moment of consent."""

    consent = Phase("决定是否撤销", asks=leader @ reversing.asking_office, within=Days("node.transfer"))
    undone = End("已撤销", good=True)
    refused = End("不予撤销")

    approve = Action(
        "同意撤销",
        (consent,) >> undone,
        by=holder,
        votes="for",
        comment=optional,
        needs=(reversing.not_the_asker, reversing.still_possible),
        does=(reversing.take_back,),
        tone="danger",
        consequence="学籍随即回到转学以前，转学证明作废，未完成的档案移交终止；两校和核办单位收到通知。",
    )
    refuse = Action(
        "不同意",
        (consent,) >> refused,
        by=holder,
        votes="against",
        comment=required,
        needs=(reversing.not_the_asker,),
        does=(reversing.note_refusal,),
        consequence="转学继续有效。",
    )
