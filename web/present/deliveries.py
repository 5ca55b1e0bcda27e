"""What became of the notices of each event, and of the message to the family, in words beside the event."""

from models.messages import FamilyMessage
from web.views import Delivered, Delivery
from workflow import deliveries, families
from workflow.deliveries import Delivery as Told
from workflow.step import Step

WORDS = {
    "waiting": "等待汇总发信",
    "queued": "待发",
    "sent": "邮件已送出",
    "refused": "邮件被拒收",
    "bounced": "邮件被退回",
    "no_address": "没有邮箱，在网页上通知",
    "bounces": "邮箱送不到，在网页上通知",
    "by_choice": "按本人设置只在网页上通知",
    "overtaken": "由更紧的提醒代替",
    "answered": "已办理，不再发信",
}
ON_TELEPHONE = {
    "waiting": "手机消息等待发出",
    "queued": "手机消息待发",
    "sent": "手机消息已送出",
    "refused": "手机消息被拒收",
}
TO_FAMILY = {
    families.WAITING: "短信等待发出",
    families.SENT: "短信已送出",
    families.REFUSED: "短信被拒收",
    families.NO_NUMBER: "学籍档案中没有监护人的手机号，没有发短信",
}
OF_FAMILY = {
    families.WAITING: "待发监护人短信",
    families.SENT: "监护人短信已送出",
    families.REFUSED: "监护人短信没有送到",
    families.NO_NUMBER: "没有监护人手机号",
}
"""The same in the line above."""
LOST = ("refused", "bounced", "bounces")
"""What somebody has to look into."""


def of(step: Step, offices: frozenset[int] | None = None) -> dict[int, Delivered]:
    """Return what became of the notices, by the number of the event; `offices` limits it to who was told there."""
    found: dict[int, list[Told]] = {}
    for one in deliveries.of_case(step.session, step.case.id, offices):
        found.setdefault(one.seq, []).append(one)
    family = {one.seq: one for one in families.of_case(step.session, step.case) if _may_know(step, one)}
    return {seq: _delivered(step, found.get(seq, []), family.get(seq)) for seq in found.keys() | family.keys()}


def _may_know(step: Step, one: FamilyMessage) -> bool:
    """That a record names no number is for the applicant, who can ask the family; it concerns nobody else."""
    return one.state != families.NO_NUMBER or step.case.applicant_org_id in step.actor.org_ids


def _delivered(step: Step, told: list[Told], family: FamilyMessage | None) -> Delivered:
    rows = tuple(_row(step, one) for one in told)
    if family is None:
        return Delivered(_summary(told), rows)
    word, lost = TO_FAMILY[family.state], family.state == families.REFUSED
    who = " ".join(filter(None, ("监护人", family.receiver)))
    last = Delivery(who=who, office="", word=word, at=family.state_at, lost=lost)
    parts = (_summary(told) if told else "", OF_FAMILY.get(family.state, ""))
    return Delivered("，".join(filter(None, parts)), (*rows, last))


def _row(step: Step, one: Told) -> Delivery:
    return Delivery(
        who=one.person,
        office=step.world.name(one.org_id),
        word="，".join(filter(None, (_word(one), ON_TELEPHONE.get(one.chat)))),
        at=one.state_at,
        read_at=one.read_at,
        lost=one.state in LOST,
    )


def _word(one: Told) -> str:
    return WORDS[one.state] + ("（代为通知）" if one.instead else "")


def _summary(told: list[Told]) -> str:
    """已通知 3 人，邮件送出 2 封，1 封没有送到，1 人已读"""
    sent = sum(one.state == "sent" for one in told)
    lost = sum(one.state in LOST for one in told)
    phoned = sum(one.chat == "sent" for one in told)
    read = sum(one.read_at is not None for one in told)
    parts = [f"已通知 {len(told)} 人"]
    parts += [f"邮件送出 {sent} 封"] if sent else []
    parts += [f"手机消息 {phoned} 条"] if phoned else []
    parts += [f"{lost} 人的邮件没有送到"] if lost else []
    parts += [f"{read} 人已读"] if read else []
    return "，".join(parts)
