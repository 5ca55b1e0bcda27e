"""Several sign one question: how far it is, and what the next signature does, in words."""

from typing import Any

from models.cases import WorkItem
from workflow import joint, manners, rights
from workflow.language import AGAINST, FOR, Action
from workflow.manners import Manner
from workflow.routing import Stop
from workflow.step import Step


def how_far(step: Step) -> str:
    """Return how many have signed the present question and how many still may; empty where one person answers."""
    if joint.running(step) is None:
        return ""
    names = "、".join(note["signer"] for note in joint.unanswered(step).values())
    waiting = f"加签：等{names}签署" if names else ""
    return "；".join(filter(None, (_of_the_seats(step), waiting)))


def word(manner: Manner) -> str:
    return manners.WORDS[manner.code]


def of_stop(stop: Stop) -> str:
    """Return the manner of a stop of the route; empty where one person signs."""
    return word(manners.read(stop["manner"])) if stop.get("manner") else ""


def consequence(step: Step, spec: Action) -> str:
    """Return what a signature does where several sign; empty where the answer decides by itself."""
    if joint.running(step) is None or not spec.votes:
        return ""
    own = next((one for one in (*joint.added(step), *joint.asked(step)) if one.open and rights.holds(step, one)), None)
    if own is not None and "added" in own.due_rule:
        return _of_added(own.due_rule["added"], spec)
    return "".join(filter(None, (_of_manner(step, spec), _of_waiting(step, own, spec))))


def opinions(step: Step) -> list[tuple[str, str]]:
    """Return what added signers said to whoever added them and still has to decide, with their words."""
    mine = {item.id for item in joint.group(step) if item.open and rights.holds(step, item)}
    voted = (joint.running(step) or {"voted": []})["voted"]
    told = [vote for vote in voted if vote.get("added") in mine]
    return [(f"加签人{vote['name']}{'同意' if vote['vote'] == FOR else '不同意'}", vote["comment"]) for vote in told]


def moves_on(step: Step) -> bool:
    """Tell whether one more consent may take the case to the next office."""
    signing = joint.running(step)
    if not signing:
        return True
    if joint.unanswered(step):
        return False
    return _left(step) == 1 or manners.read(signing["manner"]).code == manners.ANY


def _of_the_seats(step: Step) -> str:
    signing = _signing(step)
    if not _several(step):
        return ""
    votes = [vote["vote"] for vote in signing["voted"] if "added" not in vote]
    refused = votes.count(AGAINST)
    said = f"已签 {len(votes)} 人" + (f"（{refused} 人不同意）" if refused else "") if votes else "还没有人签"
    return f"{word(manners.read(signing['manner']))}：{said}，待签 {_left(step)} 人"


def _of_manner(step: Step, spec: Action) -> str:
    signing = _signing(step)
    if not _several(step):
        return ""
    manner, others = manners.read(signing["manner"]), _left(step) - 1
    if manner.code == manners.ANY:
        return "或签：您先签的，即为本单位意见，其他人不再签署。"
    if spec.votes == AGAINST and (manner.code == manners.TURN or (manner.code == manners.ALL and manner.veto)):
        return f"{word(manner)}：一人不同意，本单位即为不同意，其他人不再签署。" + spec.consequence
    if manner.code == manners.VOTE:
        votes = [vote["vote"] for vote in signing["voted"] if "added" not in vote]
        asked = len(votes) + others + 1
        needed = f"{asked} 人中有 {manner.needed(asked)} 人同意即为同意"
        return f"票签：{needed}；已有 {votes.count(FOR)} 人同意，除您外还有 {others} 人未签。"
    if not others:
        return f"{word(manner)}：其他人已签完，您签署后本单位意见即定。"
    then = "，您同意后请下一位签署" if manner.code == manners.TURN else ""
    return f"{word(manner)}：除您外还有 {others} 人未签{then}。"


def _of_waiting(step: Step, own: WorkItem | None, spec: Action) -> str:
    """Return whose signature a consent still waits for."""
    notes = [note for note in joint.unanswered(step).values() if own is not None and note["to"] == own.id]
    if spec.votes != FOR or not notes:
        return ""
    return f"您同意后，还要等{'、'.join(note['signer'] for note in notes)}签署，意见才算定。"


def _of_added(note: dict[str, Any], spec: Action) -> str:
    if spec.votes == FOR:
        return f"您由{note['name']}加签。您同意后，由{note['name']}的意见决定本环节。"
    return f"您由{note['name']}加签。您不同意的，回到{note['name']}那里重新办理，不由您决定本环节。"


def _several(step: Step) -> bool:
    return any("asking" in item.due_rule for item in joint.group(step))


def _signing(step: Step) -> dict[str, Any]:
    signing = joint.running(step)
    assert signing is not None
    return signing


def _left(step: Step) -> int:
    """Return how many may still sign, those whose turn comes later included."""
    return sum(item.open for item in joint.group(step)) + len(_signing(step)["waiting"])
