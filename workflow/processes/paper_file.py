"""The paper file that follows a pupil: sent by the old school, received by the new one (domain 4.1 row 6, R34)."""

from workflow.language import Action, Days, End, Phase, Place, Process, Role, holder
from workflow.step import Step


def _sender(step: Step) -> int | None:
    return int(step.case.state["from"])


def _receiver(step: Step) -> int | None:
    return int(step.case.state["to"])


clerk = Role("school_clerk")
MONTH = Days("transfer.paper_file")


class PaperFile(Process, key="paper_file", version=1, title="纸质档案移交", prefix="DA"):
    """Two questions: was it sent, did it arrive."""

    to_send = Phase("转出学校寄送", asks=clerk @ Place("sender", _sender), within=MONTH, kind="task")
    on_its_way = Phase("转入学校签收", asks=clerk @ Place("receiver", _receiver), within=MONTH, kind="task")
    received = End("已签收", good=True)
    safe = (to_send, on_its_way)

    send = Action(
        "登记寄出",
        to_send >> on_its_way,
        by=holder,
        kinds=("task",),
        comment="optional",
        fields=("on_date",),
        tone="primary",
        consequence="登记寄出日期和方式，由转入学校签收。",
    )
    receive = Action(
        "登记签收",
        on_its_way >> received,
        by=holder,
        kinds=("task",),
        comment="optional",
        fields=("on_date",),
        tone="primary",
        consequence="签收后档案移交办结。",
    )
    recallable = (send,)
