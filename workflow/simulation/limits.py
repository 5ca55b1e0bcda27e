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
NOTHING = {
    "signing.": "由几人、按什么方式签署，取决于当时各岗位在任的人，没有随事项保存，不能试算。",
    "class.size": "班级当时的人数没有随申请保存，不能试算；提交时已经提醒过超班额的，见“审查尺度”T7 的试算。",
    "queue.": "岗位当时空缺了多久没有保存，不能试算。",
    "refusal.causes": "理由不在所列之内时会改选哪一条，过去的记录里看不出，不能试算。",
    "ruling.undo_days": "这一条只决定还能不能撤销，不改变事项怎样办理，没有可以试算的天数。",
    "problem.review_levels": "增减一级审核后各方材料怎样流转，过去的记录不足以推算，不能试算。",
    "deputy.": "这一条只限制代理的委托，不改变事项怎样办理，没有可以试算的。",
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
    return [next((why for start, why in NOTHING.items() if key.startswith(start)), OTHERWISE)]
