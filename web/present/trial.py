"""What a trial of a rule found, in sentences; the numbers are those of workflow.simulation."""

from collections.abc import Callable, Iterator
from typing import Any

from web.views import Fact

RUNGS = {"remind": "提醒", "overdue": "逾期催办", "supervise": "督办", "take_over": "上级可以代为决定",
         "bulletin": "列入通报", "stale": "长期未办"}  # fmt: skip


def facts(result: dict[str, Any]) -> tuple[Fact, ...]:
    """Return the result as label, number and remark; nothing where the rule cannot be tried."""
    if not result["simulated"]:
        return ()
    found = [fact for name, part in PARTS.items() if name in result for fact in part(result[name])]
    return tuple(found) if "orders" in result else (Fact("试算的事项", f"{result['cases']} 件"), *found)


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


PARTS: dict[str, Callable[[dict[str, Any]], Iterator[Fact]]] = {
    "route": _route, "signing": _signing, "term": _term, "grace": _grace, "admission": _admission, "sizes": _sizes,
    "causes": _causes, "reviews": _reviews, "undoings": _undoings, "alarms": _alarms, "orders": _orders,
    "reminders": _reminders, "expiry": _expiry,
}  # fmt: skip
"""What is said about each part of a result, in this order."""


def _middle(spread: dict[str, Any], words: str) -> str:
    return words.format(_number(spread["median"])) if spread["cases"] else ""


def _days(spread: dict[str, Any]) -> str:
    if not spread["cases"]:
        return "0 个工作日"
    return f"共 {spread['total']} 个工作日，每件中位 {_number(spread['median'])} 个"


def _number(number: float | None) -> str:
    return "0" if number is None else f"{number:g}"
