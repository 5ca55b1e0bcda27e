"""What a trial of a rule found, in sentences; the numbers are those of workflow.simulation."""

from collections.abc import Callable, Iterator
from typing import Any

from web.views import Fact
from workflow.acts import COMMON

NOT_OF_CASES = {"orders", "bulk"}
"""Parts of a result that are not counted case by case."""
ANSWERS = {"approve": "同意", "return": "退回补正", "refuse": "不同意", "reassign": "转办"}
RUNGS = {"remind": "提醒", "overdue": "逾期催办", "supervise": "督办", "take_over": "上级可以代为决定",
         "bulletin": "列入通报", "stale": "长期未办"}  # fmt: skip


def facts(result: dict[str, Any]) -> tuple[Fact, ...]:
    """Return the result as label, number and remark; nothing where the rule cannot be tried."""
    if not result["simulated"]:
        return ()
    found = [fact for name, part in PARTS.items() if name in result for fact in part(result[name])]
    return tuple(found) if NOT_OF_CASES & set(result) else (Fact("试算的事项", f"{result['cases']} 件"), *found)


def _route(part: dict[str, Any]) -> Iterator[Fact]:
    signatures, spread, usual = part["signatures"], part["days_saved"], part["days_of_a_signature"]
    yield Fact("路线会不同的", f"{part['affected']} 件")
    yield Fact("少签的", f"{signatures['saved']} 次", _there(signatures))
    yield Fact("节省的工作日", _days(spread), f"{spread['cases']} 件走过这些环节，按当时实际用的时间算")
    if signatures["added"]:
        yield Fact("多签的", f"{signatures['added']} 次", f"按期限算，最多共增加 {part['days_added_at_most']} 个工作日")
    if usual["cases"]:
        yield Fact("每次签署实际用时", f"中位 {_number(usual['median'])} 个工作日", f"共 {usual['cases']} 次签署")


def _there(signatures: dict[str, int]) -> str:
    said = f"其中 {signatures['measured']} 次实际走到"
    if signatures["refused_there"] or signatures["returned_there"]:
        said += f"；这些环节当时拒绝过 {signatures['refused_there']} 次、退回过 {signatures['returned_there']} 次"
    return said


def _term(part: dict[str, Any]) -> Iterator[Fact]:
    moved, late = part["last_days_earlier"], part["late"]
    yield Fact("期限会不同的", f"{part['affected']} 件", f"共 {part['questions']} 个环节")
    if moved["cases"]:
        way = "提前" if moved["total"] >= 0 else "推后"
        yield Fact("到期日", f"{way}，中位 {_number(abs(moved['median']))} 个工作日")
        yield Fact("会逾期的答复", f"{late['proposed']} 个", f"按现在的规则 {late['present']} 个")
        yield Fact("节省的工作日", _days(part["days_saved"]), "逾期的都在期限最后一天办结的话")


def _grace(part: dict[str, Any]) -> Iterator[Fact]:
    yield Fact("等待会不同的", f"{part['affected']} 件")
    yield Fact("节省的工作日", _days(part["days_saved"]))


def _admission(part: dict[str, Any]) -> Iterator[Fact]:
    yield Fact("检查会不同的", f"{part['affected']} 件")
    wait, sooner, draft = part["days_to_wait"], part["days_saved"], part["drafts_that_waited"]
    note = f"要等 {_days(wait)}才能提交" if wait["cases"] else ""
    yield Fact("会被拦下的", f"{part['refused']} 件", note)
    note = f"不必再等，共 {_days(sooner)}" if sooner["cases"] else ""
    yield Fact("会放行的", f"{part['let_in']} 件", note)
    warned = part["warnings"]
    if warned["more"] or warned["fewer"]:
        yield Fact("只是提醒不同的", f"多提醒 {warned['more']} 件，少提醒 {warned['fewer']} 件")
    if draft["cases"]:
        yield Fact("先存草稿等时段的", f"{draft['cases']} 件", f"存草稿那天就可以提交，最多早 {_days(draft)}")


def _reminders(part: dict[str, Any]) -> Iterator[Fact]:
    notices = part["notices"]
    yield Fact("提醒会不同的", f"{part['affected']} 件")
    word = "少发" if notices["saved"] >= 0 else "多发"
    yield Fact(
        "通知", f"{word} {abs(notices['saved'])} 条", f"现在 {notices['present']} 条，改后 {notices['proposed']} 条"
    )
    for kind, counts in part["rungs"].items():
        yield Fact(RUNGS.get(kind, kind), f"{counts['proposed']} 次", f"现在 {counts['present']} 次")


def _expiry(part: dict[str, Any]) -> Iterator[Fact]:
    cleared, warned = part["cleared"], part["warnings"]
    yield Fact("结果会不同的", f"{part['affected']} 件")
    yield Fact("会被清理的", f"{cleared['proposed']} 件", f"按现在的规则 {cleared['present']} 件")
    yield Fact("清理前的提醒", f"{warned['proposed']} 次", f"按现在的规则 {warned['present']} 次")


def _signing(part: dict[str, Any]) -> Iterator[Fact]:
    saved, unknown = part["days_saved"], part["unknown"]
    yield Fact("签署方式会不同的", f"{part['affected']} 件", f"共 {part['questions']} 处意见")
    if saved["cases"]:
        word = "节省的工作日" if saved["total"] >= 0 else "增加的工作日"
        yield Fact(word, _days({**saved, "total": abs(saved["total"]), "median": abs(saved["median"])}),
                   f"{saved['cases']} 件按当时各人实际用的时间算")  # fmt: skip
    if unknown:
        yield Fact("看不出的", f"{unknown} 处意见", f"按期限算，最多共增加 {part['days_added_at_most']} 个工作日")


def _reviews(part: dict[str, Any]) -> Iterator[Fact]:
    reviews = part["reviews"]
    yield Fact("审核层级会不同的", f"{part['affected']} 件")
    back = f"其中退回过 {reviews['returned_there']} 次" if reviews["returned_there"] else ""
    yield Fact("少审的", f"{reviews['saved']} 次", back)
    yield Fact("节省的工作日", _days(part["days_saved"]), "按当时实际用的时间算")
    if reviews["added"]:
        yield Fact("多审的", f"{reviews['added']} 次", f"按期限算，最多共增加 {part['days_added_at_most']} 个工作日")


def _causes(part: dict[str, Any]) -> Iterator[Fact]:
    yield Fact("不同意的", f"{part['refusals']} 次")
    yield Fact("所选理由不再列出的", f"{part['affected']} 件")
    for cause, number in part["gone"].items():
        yield Fact(f"“{cause}”", f"{number} 次")
    if part["other"]:
        yield Fact("选“其他”、可能改选新理由的", f"{part['other']} 次")


def _undoings(part: dict[str, Any]) -> Iterator[Fact]:
    late, days = part["too_late"], part["days_after"]
    yield Fact("已经撤销的", f"{part['undone']} 件", _middle(days, "生效后中位 {} 天撤销"))
    yield Fact("会因过期不能撤销的", f"{late['proposed']} 件", f"按现在的规则 {late['present']} 件")


def _alarms(part: dict[str, Any]) -> Iterator[Fact]:
    hours = part["hours_earlier"]
    yield Fact("岗位无人的提示", f"{part['alarms']} 次", f"其中 {part['climbed']} 次由上级办理")
    if hours["cases"]:
        way = "提前" if hours["total"] >= 0 else "推后"
        yield Fact("上移的时间", f"{way}，中位 {_number(abs(hours['median']))} 小时", f"共 {hours['cases']} 次")
    if part["more_at_most"]:
        yield Fact("会另外上移的", f"最多 {part['more_at_most']} 次", "到那时还没有办，但也可能已有人接手")


def _sizes(part: dict[str, Any]) -> Iterator[Fact]:
    yield Fact("当时提醒过超班额的", f"{part['warned']} 件")
    yield Fact("其中会被拦下的", f"{part['refused']} 件")
    yield Fact("其中不再提醒的", f"{part['no_warning']} 件")
    if part["unknown"]:
        yield Fact("看不出的", f"{part['unknown']} 件", "当时没有提醒，没有留下人数")


def _orders(part: dict[str, Any]) -> Iterator[Fact]:
    long = part["too_long"]
    yield Fact("试算的代理委托", f"{part['orders']} 次", _middle(part["days"], "中位 {} 天"))
    yield Fact("超过最长天数、设不成的", f"{long['proposed']} 次", f"按现在的规则 {long['present']} 次")


def _advice(part: dict[str, Any]) -> Iterator[Fact]:
    late = part["late"]
    yield Fact("答复期限会不同的", f"{part['affected']} 件", f"共征求 {part['questions']} 次意见")
    if part["questions"]:
        yield Fact("逾期答复或至今没有答复的", f"{late['proposed']} 次", f"按现在的规则 {late['present']} 次")
        yield Fact("没有答复的", f"{part['unanswered']} 次", "包括事项先已办结、不再需要的")


def _suspensions(part: dict[str, Any]) -> Iterator[Fact]:
    long = part["too_long"]
    yield Fact("结果会不同的", f"{part['affected']} 件")
    yield Fact("挂起", f"{part['stops']} 次", _middle(part["days"], "中位 {} 天"))
    if part["stops"]:
        yield Fact("超过最长天数的", f"{long['proposed']} 次", f"按现在的规则 {long['present']} 次")
        yield Fact("节省的工作日", _days(part["days_saved"]), "到最长天数就恢复、不再挂起的话")


def _acts(part: dict[str, Any]) -> Iterator[Fact]:
    yield Fact("不能再这样办的", f"{part['affected']} 件", "" if part["affected"] else "这一时期没有这样办过")
    for name, counts in part["acts"].items():
        yield Fact(COMMON[name].title, f"{counts['times']} 次", f"涉及 {counts['cases']} 件")
    if part["desks"]:
        desks = "；".join(f"{one['office']}{one['role']} {one['times']} 次" for one in part["desks"])
        more = f"；另有 {part['desks_more']} 个岗位" if part["desks_more"] else ""
        yield Fact("办过的岗位", f"{len(part['desks']) + part['desks_more']} 个", desks + more)


def _bulk(part: dict[str, Any]) -> Iterator[Fact]:
    yield Fact("须改为逐件办理的", f"{part['affected']} 件", "" if part["lines"] else "这一时期没有成批办理过")
    for name, counts in part["answers"].items():
        yield Fact(f"成批{ANSWERS[name]}", f"{counts['lines']} 件次", f"其中 {counts['barred']} 件次不能再成批办理")


def _handing_out(part: dict[str, Any]) -> Iterator[Fact]:
    questions, handed = part["questions"], part["handed_out"]
    yield Fact("分派会不同的", f"{part['affected']} 件", f"共 {questions} 个环节，当时岗位上都不止一人")
    if not questions:
        return
    free = f"其余 {questions - handed} 个，岗位上的人都能办" if handed < questions else ""
    yield Fact("一到岗位就分派到人的", f"{handed} 个环节", free)
    if part["to_whom_is_known"]:
        note = f"其中 {part['answered_by_another']} 个当时由别人办结"
        yield Fact("看得出分派给谁的", f"{part['to_whom_is_known']} 个环节", note)
    yield Fact("无人认领的时间", _days(part["days_untaken"], "每个环节"), "从到岗位起，到有人认领、转办或办结为止")


def _claiming(part: dict[str, Any]) -> Iterator[Fact]:
    yield Fact("没有认领就办的", f"{part['affected']} 件", f"共 {part['untaken']} 次核办")
    if part["untaken"]:
        yield Fact("岗位只有一人的", f"{part['alone']} 次", "认领只是多一步操作")
    if part["questions"]:
        note = f"共 {part['questions']} 次核办，没有认领的算到办结为止"
        yield Fact("无人认领的时间", _days(part["days_untaken"], "每次"), note)


def _taken(part: dict[str, Any]) -> Iterator[Fact]:
    questions = part["questions"]
    yield Fact("显示会不同的", f"{part['affected']} 件", f"共 {questions} 个环节，归一人办理，岗位上还有同事")
    if questions:
        yield Fact("归一人办理的时间", _days(part["days_by_name"], "每个环节"))
        yield Fact("中间转给同事的", f"{part['passed_on']} 个环节")


def _stepping_in(part: dict[str, Any]) -> Iterator[Fact]:
    lost, saved = part["no_more"], part["days_saved_at_most"]
    yield Fact("代为决定会不同的", f"{part['affected']} 件")
    if lost["offered"]:
        yield Fact("上级不能再代为决定的", f"{lost['offered']} 次", f"其中 {lost['answered_above']} 次当时由上级办结")
    if part["more_at_most"]:
        yield Fact("上级可以另外代为决定的", f"最多 {part['more_at_most']} 次")
    if saved["cases"]:
        yield Fact("最多节省的工作日", _days(saved), "上级当天就决定的话")


def _second_refusals(part: dict[str, Any]) -> Iterator[Fact]:
    yield Fact("结果会不同的", f"{part['affected']} 件")
    if part["went_up"]:
        yield Fact("不再裁定、直接终止的", f"{part['went_up']} 件", f"其中 {part['overruled']} 件当时裁定继续办理")
        yield Fact("节省的工作日", _days(part["days_saved"]), "当时裁定用的时间")
    if part["more_at_most"]:
        yield Fact("会另外由上级裁定的", f"最多 {part['more_at_most']} 件")


def _families(part: dict[str, Any]) -> Iterator[Fact]:
    messages = part["messages"]
    yield Fact("通知家长会不同的", f"{part['affected']} 件")
    yield Fact("短信", f"最多 {messages['proposed']} 条", f"按现在的规则最多 {messages['present']} 条")


def _papers(part: dict[str, Any]) -> Iterator[Fact]:
    yield Fact("须交材料会不同的", f"{part['affected']} 件", f"共看了 {part['answers']} 次答复")
    if part["refused"]:
        yield Fact("缺材料、不能提交的", f"{part['refused']} 次")
    for kind, times in part["lacking"].items():
        yield Fact(f"缺“{kind}”", f"{times} 次")
    if part["spared"]:
        yield Fact("可以少交材料的", f"{part['spared']} 次")


PARTS: dict[str, Callable[[dict[str, Any]], Iterator[Fact]]] = {
    "route": _route, "signing": _signing, "term": _term, "grace": _grace, "admission": _admission, "sizes": _sizes,
    "causes": _causes, "reviews": _reviews, "undoings": _undoings, "alarms": _alarms, "orders": _orders,
    "reminders": _reminders, "expiry": _expiry, "advice": _advice, "suspensions": _suspensions, "acts": _acts,
    "bulk": _bulk, "handing_out": _handing_out, "claiming": _claiming, "taken": _taken, "stepping_in": _stepping_in,
    "second_refusals": _second_refusals, "families": _families, "papers": _papers,
}  # fmt: skip
"""What is said about each part of a result, in this order."""


def _middle(spread: dict[str, Any], words: str) -> str:
    return words.format(_number(spread["median"])) if spread["cases"] else ""


def _days(spread: dict[str, Any], each: str = "每件") -> str:
    if not spread["cases"]:
        return "0 个工作日"
    return f"共 {spread['total']} 个工作日，{each}中位 {_number(spread['median'])} 个"


def _number(number: float | None) -> str:
    return "0" if number is None else f"{number:g}"
