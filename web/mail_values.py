"""What stands for the placeholders of a mail: the words made from facts, by the names an administrator knows."""

import datetime as dt
from collections.abc import Callable

from web.mail_facts import DIGEST, Facts, ImportCounts, Matter, Section
from web.masks import mask_name
from workflow.calendar import short_day
from workflow.days_left import DaysLeft, Kind

WITHOUT_DEADLINE = (
    "certificate_ready", "import_done", "id_error_class", "case_decided", "case_suspended", "case_proposed",
    "draft_sent", "draft_not_sent", "address_bounced", "advised", "copied", "mentioned", "taken_back",
    "rule_proposed", "rule_answered", "proposal_answered", DIGEST,
)  # fmt: skip
BETWEEN_PEOPLE = ("urged", "consulted", "advised", "copied", "mentioned", "taken_back")
"""What one officer says to another; the words themselves stand on the page."""
SUBJECTS_NAMED = 3
"""So many kinds of matters a digest names in its subject."""
TO_DO = {
    "arrive": "在学生到校后登录系统，确认到校。",
    "record": "收到外省的办理结果后，登记“{step}”的结果和日期，并上传凭证。",
    "task": "办理“{step}”，办完后在系统中确认。",
    "answer": "核对后办理“{step}”，按页面提示上传材料并答复。",
    "review": "核对学校的答复和佐证材料是否属实：通过，或退回补充。",
    "rule": "各方材料已经齐备，请比对后拟定裁定；需要核实的，先发核查单。",
    "inquiry": "裁定部门发来核查单，核实后书面答复坚持或放弃，可以补充材料。",
    "confirm": "裁定已经拟定，请复核：同意后随即执行，或退回重拟。",
    "correct": "补正材料后重新提交。",
}
ELSE_TO_DO = "核对材料，在“{step}”环节作出决定：同意、不同意，或退回补正。"
OUTCOME_WORDS = {
    "approved": "已同意",
    "effective": "已办结",
    "refused": "不同意",
    "withdrawn": "已撤回",
    "expired": "已终止",
    "void": "已撤案",
    "terminated": "已终止",
}
NEWS = {
    "approved": "不用再签署意见。学生到校并确认后，学籍转入。",
    "effective": "供您知悉，不用再办理。",
    "refused": "学籍保持不变。具体意见和依据在事项页面，请申请学校告知学生家长。",
    "withdrawn": "学籍保持不变，不用再办理。",
    "void": "学籍保持不变，不用再办理。",
    "terminated": "没有办完的不再办理，学籍没有变动。终止的原因在事项页面；仍要办理的，可以重新申请。",
    "expired": "学籍保持不变。仍要办理的，请重新申请。",
}

ANSWER_WORDS = {
    "confirmed": "已确认",
    "rejected": "已驳回",
    "stale": "已失效",
    "expired": "已失效",
    "dropped": "未采纳",
    "lapsed": "已自动失效",
}
OF_RULE = {
    "confirmed": "自提议写明的日期起执行。",
    "rejected": "规则不变。驳回的理由在提议页面；仍要改的，可以重新提议。",
    "stale": "提议以后这里的规则有了变动，不能再确认；仍要改的，请按现在的规则重新提议。",
    "expired": "到了起始日还没有人确认，不能再确认；仍要改的，请重新提议。",
}
"""What follows from the answer to a proposed rule."""
OF_PROPOSAL = {"终止": "事项已经结束，各方另有通知。", "调整环节": "事项回到提请的环节，重新办理。"}
LAPSED = "没有人来得及答复；仍有必要的，请按事项现在的情况重新提请。"
NOT_SHARED = "事项照常办理；对方写了说明的，在事项页面。"


def values_of(topic: str, facts: Facts) -> dict[str, str]:
    """Return {placeholder: words} for a mail; which there are depends on the topic only."""
    if topic == DIGEST:
        return _of_digest(facts)
    if topic == "import_done":
        return _of_import(facts)
    if topic == "address_bounced":
        return {"单位": facts.office, "人员": mask_name(facts.person), "退信代码": facts.number}
    if topic == "rule_proposed":
        return {"单位": facts.office, "规则": facts.proposed}
    if topic == "rule_answered":
        answered = {"答复": ANSWER_WORDS[facts.answer], "答复说明": OF_RULE[facts.answer]}
        return {"单位": facts.office, "规则": facts.proposed, **answered}
    assert facts.matter is not None
    extra = _EXTRA.get(topic)
    return {**_of_matter(topic, facts.matter), **(extra(facts, facts.matter) if extra else {})}


def until(topic: str, facts: Facts) -> str:
    """Return the line about the deadline, which no wording changes; empty where there is none."""
    if topic in WITHOUT_DEADLINE or not facts.matter:
        return ""
    if topic in ("overdue", "supervise", "bulletin_candidate", "arrival_missing"):
        return _passed(facts.matter)
    if topic == "expiry_warning":
        return f"{full_day(facts.matter.due)}24:00" if facts.matter.due else ""
    return _deadline(facts.matter)


def standing(matter: Matter) -> str:
    """城东小学，12月8日截止，还剩 10 个工作日: one matter among several."""
    if matter.remark:
        return matter.remark
    due = f"{short_day(matter.due, matter.today)}截止" if matter.due else ""
    return "，".join(part for part in (matter.holder, due, left_words(matter.left)) if part)


def way(matter: Matter) -> str:
    """张*，五年级，城东小学 → 西关小学"""
    schools = " → ".join(name for name in (matter.from_school, matter.to_school) if name)
    return "，".join(part for part in (masked(matter), matter.grade, schools) if part)


def masked(matter: Matter) -> str:
    """The pupil as mails may name him, or nothing."""
    return mask_name(matter.pupil) if matter.pupil else ""


def full_day(day: dt.date) -> str:
    """2026年12月8日（星期二）"""
    return f"{day.year}年{day.month}月{day.day}日（星期{'一二三四五六日'[day.weekday()]}）"


def left_words(left: DaysLeft | None) -> str:
    """How long there is, in words; empty when there is no deadline."""
    if left is None or left.kind is Kind.NONE:
        return ""
    if left.kind is Kind.PAUSED:
        return "现在停止计时" + (f"，恢复后还有 {left.n} 个工作日" if left.n > 0 else "")
    if left.kind is Kind.OVERDUE:
        return f"已逾期 {left.n} 个工作日" if left.n else "已逾期"
    words = {Kind.TODAY: "今天到期", Kind.TOMORROW: "明天到期"}
    return words.get(left.kind, f"还剩 {left.n} 个工作日")


def outcome_remark(outcome: str, reason: str) -> str:
    """不同意：学位已满, the end of a case in a digest."""
    return "：".join(part for part in (OUTCOME_WORDS.get(outcome, ""), reason) if part)


def import_remark(counts: ImportCounts) -> str:
    """导入 500 行，退回 20 行"""
    return f"导入 {counts.imported} 行" + (f"，退回 {counts.blocked} 行" if counts.blocked else "")


# ---- one matter ------------------------------------------------------------------------------------------------------


def _of_matter(topic: str, matter: Matter) -> dict[str, str]:
    fallback = "贵单位" if topic == "case_waiting" else "下级单位" if topic == "supervise" else "办理单位"
    late = topic in ("overdue", "supervise", "bulletin_candidate")
    return {
        "学生": masked(matter) or "有关学生",
        "事项": matter.process,
        "事项编号": matter.no,
        "年级": matter.grade,
        "转出学校": matter.from_school or "转出学校",
        "转入学校": matter.to_school or "转入学校",
        "环节": matter.step,
        "办理单位": matter.holder or fallback,
        "截止日": short_day(matter.due, matter.today) if matter.due else "",
        "剩余天数": left_words(matter.left) or ("已逾期" if late else "即将到期"),
    }


def _of_waiting(facts: Facts, matter: Matter) -> dict[str, str]:
    return {"上一单位": facts.actor, "要做的事": TO_DO.get(matter.kind, ELSE_TO_DO).format(step=matter.step)}


def _of_return(facts: Facts, matter: Matter) -> dict[str, str]:
    again = f"已填写的内容和材料都保留，补充后由{facts.actor}重新审核。"
    straight = f"补正后直接送回{facts.actor}，不必从头办起；没有改动的内容，其他单位已签的意见继续有效。"
    anew = f"补正后由{facts.actor}之前的各环节重新办理。"
    note = again if matter.kind == "answer" else anew if facts.again else straight
    return {"退回单位": facts.actor, "原因": facts.reason, "补正说明": note}


def _of_decision(facts: Facts, matter: Matter) -> dict[str, str]:
    since = full_day(facts.on) if facts.on else ""
    return {
        "结果": OUTCOME_WORDS[facts.outcome],
        "结果说明": _decided(facts, f"{masked(matter) or '有关学生'}的{matter.process}", since),
        "结果提示": NEWS[facts.outcome],
        "决定单位": facts.actor,
        "原因": facts.reason,
        "生效日": since,
    }


def _decided(facts: Facts, title: str, since: str) -> str:
    sentences: dict[str, Callable[[], str]] = {
        "approved": lambda: f"{title}各环节均已同意" + (f"，最后由{facts.actor}签署。" if facts.actor else "。"),
        "effective": lambda: f"{title}已经办结" + (f"，自{since}起生效。" if since else "。"),
        "refused": lambda: (
            f"{facts.actor or '办理单位'}不同意{title}。" + (f"原因：{facts.reason}。" if facts.reason else "")
        ),
        "withdrawn": lambda: f"{facts.actor or '申请单位'}撤回了{title}，事项到此结束。",
        "void": lambda: f"{title}涉及的记录已不再重复，事项到此结束。",
        "terminated": lambda: f"{title}经上级部门两人确认终止" + (f"，由{facts.actor}确认。" if facts.actor else "。"),
        "expired": lambda: f"{title}超过最长办理期限，已自动终止。",
    }
    return sentences[facts.outcome]()


def _of_stop(facts: Facts, _: Matter) -> dict[str, str]:
    return {"挂起单位": facts.actor, "挂起期满": full_day(facts.on) if facts.on else ""}


def _of_resumption(facts: Facts, matter: Matter) -> dict[str, str]:
    title = f"{masked(matter) or '有关学生'}的{matter.process}"
    by_hand = f"{facts.actor}恢复了{title}。"
    return {"恢复单位": facts.actor, "恢复说明": by_hand if facts.actor else f"{title}挂起期满，已自动恢复。"}


def _of_proposal(facts: Facts, _: Matter) -> dict[str, str]:
    return {"提请单位": facts.actor, "提请内容": facts.proposed}


def _of_answer(facts: Facts, _: Matter) -> dict[str, str]:
    told = {"dropped": NOT_SHARED, "lapsed": LAPSED}
    follows = told.get(facts.answer) or OF_PROPOSAL.get(facts.proposed, "")
    answer = {"答复单位": facts.actor, "答复": ANSWER_WORDS[facts.answer], "答复说明": follows}
    return {"提请内容": facts.proposed, **answer}


_EXTRA: dict[str, Callable[[Facts, Matter], dict[str, str]]] = {
    "case_waiting": _of_waiting,
    "case_returned": _of_return,
    "case_decided": _of_decision,
    "case_suspended": _of_stop,
    "case_proposed": _of_proposal,
    "proposal_answered": _of_answer,
    "case_resumed": _of_resumption,
    "draft_not_sent": lambda facts, _: {"原因": facts.reason},
    "decide_instead": lambda facts, _: {"逾期单位": facts.actor},
    **dict.fromkeys(BETWEEN_PEOPLE, lambda facts, _: {"来自单位": facts.actor}),
    "expiry_warning": lambda facts, _: {"天数": str(facts.days)},
    "certificate_ready": lambda facts, _: {"证明名称": facts.document, "证明编号": facts.number},
}


def _deadline(matter: Matter) -> str:
    """2026年12月8日（星期二）24:00前，还剩 10 个工作日; empty when there is no deadline."""
    if matter.due is None:
        return ""
    parts = [f"{full_day(matter.due)}24:00前", left_words(matter.left)]
    provisional = "（节假日安排尚未公布，日期为暂定）" if matter.provisional else ""
    return "，".join(part for part in parts if part) + provisional


def _passed(matter: Matter) -> str:
    """2026年11月20日（星期五），已逾期 2 个工作日"""
    if matter.due is None:
        return ""
    return "，".join(part for part in (full_day(matter.due), left_words(matter.left)) if part)


# ---- an import, several matters --------------------------------------------------------------------------------------


def _of_import(facts: Facts) -> dict[str, str]:
    counts = facts.counts
    assert counts is not None
    advice = ""
    if counts.blocked:
        advice = "下载错误表，改正标红的单元格，只上传退回的行；已导入的行不用再传。"
    elif counts.warned:
        advice = "看一遍提示，确认无误即可。"
    return {
        "单位": facts.office,
        "行数": str(counts.rows),
        "导入行数": str(counts.imported),
        "提示行数": str(counts.warned) if counts.warned else "",
        "退回行数": str(counts.blocked) if counts.blocked else "",
        "导入建议": advice,
        "导入提示": "" if advice else "供您知悉，不用再办理。",
    }


def _of_digest(facts: Facts) -> dict[str, str]:
    number = len({matter.no for section in facts.sections for matter in section.matters})
    if one := only_case(facts.sections):
        named = f"{masked(one) or '有关学生'}的{one.process}：" + "，".join(one.title for one in facts.sections)
        return {"概要": named, "件数": "1", "去处": "打开这件事项"}
    counted = [f"{section.title} {len(section.matters)} 件" for section in facts.sections]
    named = "，".join(counted[:SUBJECTS_NAMED]) + (" 等" if len(counted) > SUBJECTS_NAMED else "")
    to_do = any(section.is_task for section in facts.sections)
    return {"概要": named, "件数": str(number), "去处": "打开待办" if to_do else "查看通知"}


def only_case(sections: tuple[Section, ...]) -> Matter | None:
    """Return the case that every part of a digest is about, or None if there are several."""
    found = {matter.no: matter for section in sections for matter in section.matters}
    return next(iter(found.values())) if len(found) == 1 and all(found) else None
