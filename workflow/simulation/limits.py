"""What a trial cannot tell, in plain words: for each kind of rule, and for those of which nothing can be told."""

from workflow.counting import MONTHLY
from workflow.simulation import admission, routes, terms

ALWAYS = "按今天的单位关系和今天的其他规则推算；撤并过的单位按现在的归属。"
ROUTE = (
    "少一次签署后会不会多出别的差错，过去的记录里看不出；由这一环节退回、拒绝过几件，单独列出供参考。",
    "退回后申请学校补正所用的时间不计入节省的天数。",
    "新增的签署没有发生过，用多久无从知道，只按办理期限给出最多会增加的工作日。",
)
TERM = (
    "期限短了，办理的人会不会提前办，过去的记录里看不出：只假定逾期的都在新期限的最后一天办结，按期的照旧。",
    "退回后重新计期的环节，按剩余天数同样增减推算。",
)
PAUSE = ("所填时段按月、日套用到试算的这一年；今天已有的时段同样套用。",)
GUARD = (
    "当时被拦下、至今没有提交的申请只留在申请学校，不在试算之内：放宽后会多受理多少，只看得出先存草稿、后来提交的。",
    "学生当时的休学、处分状况和班级人数没有随申请保存：只有提交时已经作为提醒记下的才能试算。",
    "退回补正后再次提交时的检查没有重算，只按第一次提交的那一天。",
)
PAPERS = "按提交时已经上传、没有撤下的材料试算；后来补交的不算。"
LADDER = (
    "同一位同事同一天早上的几条提醒合成一封邮件，实际邮件数比这里的通知数少。",
    "提醒多少会不会使办理变快或变慢，过去的记录里看不出。",
)
EXPIRY = ("清理前的提醒按次数计，每次发给双方学校和正在办理的单位。",)
SIGNING = (
    "每个签署人都按当时实际用的工作日推算；从没答复过的人要用多久，过去的记录里看不出，只列出这样的有几处，并按办理期限给出最多会增加的工作日。",
    "改为每人都签时会多出哪些人，当时各岗位在任的人没有随事项保存，只列出有几处。",
    "中间退回过的不推算。",
)
SIZE = (
    "只有提交时已经提醒过超班额的，才留下了当时的人数；没有提醒过的，只知道没有超过当时的标准，降低标准后会不会提醒或拒收不能推算，只列出有几件。",
    "当时因大班额被拦下、没有提交的申请不在试算之内：放宽后会多受理多少，看不出。",
)
ALARM = (
    "岗位空缺了多久没有保存，只留下发现无人时的提示：已经上移的按小时数推算早晚；没有上移的，到那时会不会已有人接手，看不出，只给出最多的件数。",
)
CAUSES = (
    "理由不在所列之内时会改选哪一条、会不会改为同意，过去的记录里看不出；仍可选“其他”，由双方共同的上级裁定。",
    "增加理由后，原来选“其他”的哪些会改选，看不出，只列出件数。",
)
UNDO = ("想撤销而因为过了期限没有提出的，没有留下记录：放宽后会多撤销多少，看不出。",)
REVIEW = (
    "去掉的一级按当时实际用的工作日推算；少审一次会不会多出差错，看不出，由这一级退回过几次单独列出。",
    "增加的一级没有发生过，用多久无从知道，只按审核期限给出最多会增加的工作日。",
)
DEPUTY = ("因为超过最长天数而没有设成的委托没有留下记录；超过的可以分几次设，所以这里只数委托，不影响事项怎样办理。",)
SAID = {
    "signing.": SIGNING,
    "class.size": SIZE,
    "queue.": ALARM,
    "refusal.causes": CAUSES,
    "ruling.undo_days": UNDO,
    "transfer.undo_days": UNDO,
    "problem.review_levels": REVIEW,
    "deputy.": DEPUTY,
}
OTHERWISE = "这一条怎样影响过去的事项，留下的记录不足以推算，不能试算。"


def notes_of(key: str) -> list[str]:
    """Return what a trial of the key leaves open."""
    if key in routes.KEYS:
        return [ALWAYS, *ROUTE]
    if key in terms.PAUSES:
        return [ALWAYS, *PAUSE, *TERM, *(GUARD if admission.is_told(key) else ())]
    if terms.is_term(key) or key == terms.GRACE:
        return [ALWAYS, *([] if key in MONTHLY else TERM)]
    if admission.is_told(key):
        return [ALWAYS, *GUARD, *([PAPERS] if key == "transfer.evidence" else [])]
    if key == "reminder.ladder":
        return [ALWAYS, *LADDER]
    if key in ("case.expire", "case.expire_warnings"):
        return [ALWAYS, *EXPIRY]
    said = next((notes for start, notes in SAID.items() if key.startswith(start)), None)
    return [ALWAYS, *said] if said else [OTHERWISE]
