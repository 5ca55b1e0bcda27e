"""What a trial cannot tell, in plain words: for each kind of rule, and for those of which nothing can be told."""

from workflow.counting import MONTHLY
from workflow.simulation import admission, advice, routes, terms

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
ADVICE = (
    "征求意见不影响事项的期限，办理人不必等答复：这里只数意见的早晚，不推算事项的快慢。",
    "已经征求的，期限不变；规则生效后才征求的按新期限。",
)
STOP = (
    "到期可以再次挂起，所以超过的不一定会早恢复：节省的天数按到期就恢复、不再挂起推算。",
    "想挂得更久而因为上限没有这样做的，没有留下记录：放宽后会多挂多久，看不出。已经挂起的按当时的最迟日期恢复。",
)
ACTS = (
    "不能再这样办的，当时会改用什么办法、会慢多少，过去的记录里看不出。",
    "恢复使用的，过去不能这样办，没有次数可数；规则生效前已经这样办过的不受影响。",
)
WHO = (
    "由办理人自己决定的才算在内；当时是不是负责人按任职起止日期判断，代理人按被代理人的岗位算。",
    "改为须由负责人决定后要等多久，看不出；放宽后会多用几次，也看不出。已经转办、放回的不受影响。",
)
BULK = (
    "清单只保留 30 天，所以按办理记录认出：同一人在同一时刻对几件事项作出同一决定，就是成批办的；只有一件的认不出。",
    "放开后会有多少件改为成批办理，看不出；逐件办理多用多少时间，也没有记录。已经下达的成批办理照常办完。",
)
HANDED_OUT = (
    "当时岗位上有几人，按任职起止日期推算；经手过本事项、须回避的人没有逐一排除。",
    "轮流、随机和按手上件数分派会轮到谁，看不出；分派到人后会不会办得更快，也看不出，只列出当时无人认领的时间。",
    "规则生效后新到岗位的事项才按新规则分派，已在岗位上的不变。",
)
CLAIM = (
    "只数由人办结的核办：没有认领就办的，须先认领，多一步操作；会不会办得更快，看不出。",
    "改为不必认领后，原来认领过的会不会不认领，看不出。规则生效时已在岗位上、无人认领的，也须先认领。",
)
TAKEN = (
    "只影响同岗位的人在待办里看不看得到，不影响由谁办、几天办完；一人在几个单位任职、有一处能看到的，照样能看到。",
    "当时岗位上有几人按任职起止日期推算；看得到的时候有没有同事因此接手，只看得出中间转给同事的。",
)
TAKE_OVER = (
    "不能再由上级代为决定的，会不会由原单位办、要等多久，过去的记录里看不出，只列出次数。",
    "可以另外代为决定的按现在的提醒日子推算：到那一天还没有办的，才可能由上级决定；上级会不会办，看不出。",
    "规则生效时上级已经可以决定的，照常由上级和原单位先办的一方决定。",
)
SECOND = (
    "不再由上级裁定的按当时的记录列出；裁定用的时间不再需要，但裁定继续办理的也会随之终止。",
    "会另外由上级裁定的只给出最多件数：同一学生、同样的两所学校，由同一单位再次不同意的；裁定结果和用时看不出。",
)
FAMILY = (
    "按办理记录推算：每到一个新环节算一条，间隔太短、没有等到发出又到下一环节的不算。",
    "学籍档案里没有监护人手机号的发不出，号码加密保存、试算时不打开，所以是最多的条数。",
    "规则生效后才到的环节才发，已经办过的环节不补发。",
)
ANSWER_PAPERS = (
    "按答复时已经上传、没有撤下的材料试算；当时没有要求的材料，学校手上也许有而没有上传，所以缺的只是“没有上传”。",
    "当时因为缺材料没有答复的没有留下记录：少要材料后会早多少天，看不出。已经答复的不受影响，退回后重新答复的按新规则。",
)
SAID = {
    "desk.claim": CLAIM,
    "desk.taken": TAKEN,
    "desk.": HANDED_OUT,
    "acts.off": ACTS,
    "acts.who": WHO,
    "bulk.": BULK,
    "case.longest_stop": STOP,
    "reminder.take_over": TAKE_OVER,
    "refusal.second": SECOND,
    "guardian.": FAMILY,
    "problem.evidence": ANSWER_PAPERS,
    "id_error.evidence": ANSWER_PAPERS,
    "no_id.evidence": ANSWER_PAPERS,
    "no_id.conversion": ANSWER_PAPERS,
    "signing.": SIGNING,
    "class.size": SIZE,
    "queue.": ALARM,
    "refusal.causes": CAUSES,
    "ruling.undo_days": UNDO,
    "transfer.undo_days": UNDO,
    "problem.review_levels": REVIEW,
    "deputy.": DEPUTY,
}
OTHERWISE = "这一条还没有试算的办法，不能试算。"
"""Of a key that nobody has thought about; a test holds that there is none."""


def notes_of(key: str) -> list[str]:
    """Return what a trial of the key leaves open."""
    if key in routes.KEYS:
        return [ALWAYS, *ROUTE]
    if key in terms.PAUSES:
        return [ALWAYS, *PAUSE, *TERM, *(GUARD if admission.is_told(key) else ())]
    if key == advice.KEY:
        return [ALWAYS, *ADVICE]
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
