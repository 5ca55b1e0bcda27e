"""Taking a ruling back (domain 4.10): one officer asks with a reason, the leader of his office decides."""

from models.problems import Undoing as About
from workflow.language import Action, Days, End, Phase, Process, Role, holder, optional, required
from workflow.problems import undoing

leader = Role("dept_leader")


class Undo(Process, key="undo", version=1, title="撤销裁定", prefix="CX", about=About):
    """One question; the records are put back in the moment of consent."""

    consent = Phase("决定是否撤销", asks=leader @ undoing.asking_office, within=Days("arbitration.confirm"))
    undone = End("已撤销", good=True)
    refused = End("不予撤销")

    approve = Action(
        "同意撤销",
        (consent,) >> undone,
        by=holder,
        votes="for",
        comment=optional,
        needs=(undoing.not_the_asker, undoing.still_possible),
        does=(undoing.undo,),
        tone="danger",
        consequence="各条学籍记录恢复到裁定之前；裁定之后另行变更的内容保留并列明，问题重新处理。",
    )
    refuse = Action(
        "不同意",
        (consent,) >> refused,
        by=holder,
        votes="against",
        comment=required,
        needs=(undoing.not_the_asker,),
        consequence="裁定继续有效。",
    )
