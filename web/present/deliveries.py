"""What became of the notices of each event, in words beside the event."""

from web.views import Delivered, Delivery
from workflow import deliveries
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
LOST = ("refused", "bounced", "bounces")
"""What somebody has to look into."""


def of(step: Step, offices: frozenset[int] | None = None) -> dict[int, Delivered]:
    """Return what became of the notices, by the number of the event; `offices` limits it to who was told there."""
    found: dict[int, list[Told]] = {}
    for one in deliveries.of_case(step.session, step.case.id, offices):
        found.setdefault(one.seq, []).append(one)
    return {seq: Delivered(_summary(told), tuple(_row(step, one) for one in told)) for seq, told in found.items()}


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
