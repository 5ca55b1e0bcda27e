"""Incidents in plain words: what did not happen, to whom, why, and what helps."""

from flask import url_for

from models.messages import MessageSetting
from models.people import Person
from web.masks import mask_email
from web.pages.administration import DeadAddress, HangingRow, IncidentRow
from web.present.words import ROLE_TITLES
from web.views import Fact
from workflow.incidents import Hanging, Incident
from workflow.world import World

TOPICS = {
    "notice": "通知",
    "mail": "邮件",
    "chat": "手机消息",
    "family": "给监护人的短信",
    "bounce": "退信",
    "certificate": "证明打印",
    "import": "导入",
    "trial": "规则试算",
    "compare": "查重比对",
}
TIMERS = {
    "remind": "到期提醒",
    "overdue": "逾期提醒",
    "supervise": "督办",
    "take_over": "上级代为决定",
    "resume": "挂起到期恢复",
    "send": "开放时自动提交",
    "bulletin": "通报提醒",
    "stale": "长期未办提醒",
    "expiry_warning": "清理前提醒",
    "expire": "逾期清理",
    "lapse": "期满处理",
    "climb": "移交上级办理",
}
REASONS = (
    ("every worker that tried it", "办理它的程序每次都中途停止，没有留下原因。请查看服务器日志，再重试。"),
    ("MailRefused", "这封邮件不符合发送要求，重试也不会成功。请核对收件人的邮箱地址。"),
    ("MailRejected", "对方邮件服务器拒收，多半是邮箱地址不对。请先在“岗位”中更正邮箱，再重试。"),
    ("MailTemporary", "邮件服务器暂时没有收下。请检查邮件服务器后重试。"),
    ("ChatRejected", "手机消息网关不收这一条，重试多半没有用。请在网关处查明原因，不再需要的可以放弃。"),
    ("ChatTemporary", "手机消息网关多次没有收下。请检查网关、网址和密钥后重试。"),
    ("MailFailed", "邮件服务器没有应答。请检查邮件服务器后重试。"),
    ("LockTimeout", "事项正由别人办理，稍后会自动再试。"),
    ("UnknownKind", "现在运行的程序版本不认识这一项。请确认各服务器已升级到同一版本。"),
)
ELSE = {
    "mail": "邮件服务器多次没有收下这封邮件。请检查邮件服务器后重试。",
    "chat": "手机消息没有发出。请检查网关后重试。",
    "family": "给监护人的短信没有发出。请检查网关后重试。",
    "bounce": "一封退信没有处理成功，已放在一边，不影响其他退信。请技术支持查看服务器日志后重试或放弃。",
    "certificate": "排版没有成功。请核对事项内容后重试。",
    "import": "核对或导入中途停止。请重试；再次出现时请让学校重新上传文件。",
    "trial": "试算中途停止。请重试；再次出现时请联系技术支持。",
    "notice": "处理中途出错。请重试；再次出现时请联系技术支持。",
    "timer": "执行时出错，系统会自动再试。反复出现时请联系技术支持。",
}


def row(one: Incident, world: World) -> IncidentRow:
    """Return one row: topic, receiver, case, reason in plain words, what the program itself said."""
    org, _, role = one.queue.partition(":")
    office = world.name(one.office) if one.office else ""
    desk = f"{world.name(int(org))}{ROLE_TITLES.get(role, '')}" if org else office
    return IncidentRow(
        number=one.number,
        what=TOPICS.get(one.topic, one.topic),
        receiver=" ".join(filter(None, (desk, one.person))) or "全系统",
        case_no=one.case_no,
        at=one.at,
        attempts=one.attempts,
        why=_why(one.error, one.topic),
        said=(Fact("程序记录", one.error[:300]),) if one.error else (),
        posts_url=url_for("admin.posts", q=one.person) if one.person else "",
    )


def dead_address(person: Person, setting: MessageSetting, org_id: int, world: World) -> DeadAddress:
    """Return one account whose address does not work, with the way to where it is put right."""
    return DeadAddress(
        who=f"{person.name}（{person.username}）",
        office=world.name(org_id),
        address=mask_email(person.email),
        since=setting.dead_since,
        posts_url=url_for("admin.posts", q=person.username),
    )


def hanging(one: Hanging) -> HangingRow:
    return HangingRow(
        what=TIMERS.get(one.kind, one.kind),
        case_no=one.case_no,
        due_at=one.due_at,
        next_at=one.next_at,
        attempts=one.attempts,
        why=_why(one.error, "timer"),
    )


def _why(error: str, topic: str) -> str:
    if error and not error.isascii():
        return error
    return next((words for start, words in REASONS if error.startswith(start)), ELSE.get(topic, ELSE["notice"]))
