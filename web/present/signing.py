"""Several sign one question: how far it is, and what the next signature does, in words."""

from workflow import joint, manners
from workflow.language import AGAINST, FOR, Action
from workflow.manners import Manner
from workflow.routing import Stop
from workflow.step import Step


def how_far(step: Step) -> str:
    """Return how many have signed the present question and how many still may; empty where one person answers."""
    signing = joint.running(step)
    if not signing:
        return ""
    signed, left = len(signing["voted"]), _left(step)
    refused = sum(vote["vote"] == AGAINST for vote in signing["voted"])
    said = f"已签 {signed} 人" + (f"（{refused} 人不同意）" if refused else "") if signed else "还没有人签"
    return f"{word(manners.read(signing['manner']))}：{said}，待签 {left} 人"


def word(manner: Manner) -> str:
    return manners.WORDS[manner.code]


def of_stop(stop: Stop) -> str:
    """Return the manner of a stop of the route; empty where one person signs."""
    return word(manners.read(stop["manner"])) if stop.get("manner") else ""


def consequence(step: Step, spec: Action) -> str:
    """Return what a signature does where several sign; empty where the answer decides by itself."""
    signing = joint.running(step)
    if not signing or not spec.votes:
        return ""
    manner, others = manners.read(signing["manner"]), _left(step) - 1
    if manner.code == manners.ANY:
        return "或签：您先签的，即为本单位意见，其他人不再签署。"
    if spec.votes == AGAINST and (manner.code == manners.TURN or (manner.code == manners.ALL and manner.veto)):
        return f"{word(manner)}：一人不同意，本单位即为不同意，其他人不再签署。" + spec.consequence
    if manner.code == manners.VOTE:
        agreed = sum(vote["vote"] == FOR for vote in signing["voted"])
        asked = len(signing["voted"]) + others + 1
        needed = f"{asked} 人中有 {manner.needed(asked)} 人同意即为同意"
        return f"票签：{needed}；已有 {agreed} 人同意，除您外还有 {others} 人未签。"
    if not others:
        return f"{word(manner)}：其他人已签完，您签署后本单位意见即定。"
    then = "，您同意后请下一位签署" if manner.code == manners.TURN else ""
    return f"{word(manner)}：除您外还有 {others} 人未签{then}。"


def moves_on(step: Step) -> bool:
    """Tell whether one more consent may take the case to the next office."""
    signing = joint.running(step)
    return not signing or _left(step) == 1 or manners.read(signing["manner"]).code == manners.ANY


def _left(step: Step) -> int:
    """Return how many may still sign, those whose turn comes later included."""
    signing = joint.running(step)
    return sum(item.open for item in joint.group(step)) + len(signing["waiting"] if signing else [])
