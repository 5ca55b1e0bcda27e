"""When transfers are taken in, as the wizard says it first: until when, when next, and what then happens."""

import datetime as dt

from web.formats import day as day_word
from web.views import Rule, Window
from workflow.policies import stage_of
from workflow.policy_shapes import STAGES
from workflow.routing import department_of
from workflow.transfers import admission
from workflow.transfers.admission import Admission
from workflow.world import Office, World

KEPT = "现在可以先填好存为草稿；材料齐全的，最后一步选“开放时自动提交”，到时按草稿建立的先后自动送出。"


def window(world: World, school: Office, today: dt.date, grade: int | None = None) -> Window | None:
    """Return what there is to know about the time; None where requests are taken in all the year.

    `grade` is the pupil's once it is known; before, every stage of the school counts.
    """
    grades = [grade] if grade else list(school.grades)
    stages = list(dict.fromkeys(stage_of(one) for one in grades)) or [None]
    office = department_of(world, school)
    found = {stage: admission.on(world, office, today, stage) for stage in stages}
    said = {stage: _sentence(one) for stage, one in found.items()}
    if not any(said.values()):
        return None
    one_for_all = len(set(said.values())) == 1
    words = next(iter(said.values())) if one_for_all else "".join(
        f"{STAGES[stage]}：{words or '全年受理。'}" for stage, words in said.items() if stage
    )  # fmt: skip
    source = next(iter(found.values())).source
    if all(one.is_open for one in found.values()):
        return Window("info", "现在受理转学", words, Rule(words, source))
    closed = all(not one.is_open for one in found.values())
    title = _title(next(iter(found.values()))) if closed else "有的学段现在不受理转学"
    return Window("warn", title, words + KEPT, Rule(words, source))


def opening(day: dt.date) -> str:
    """1月15日 0:00, the moment at which a draft goes out by itself."""
    return f"{day_word(day)} 0:00"


def _title(found: Admission) -> str:
    return "现在暂停受理转学" if found.freeze else "现在不在转学受理时段"


def _sentence(found: Admission) -> str:
    if found.is_open:
        return f"到 {day_word(found.until)} 24:00 截止。" if found.until else ""
    if found.freeze:
        why = f"{day_word(found.freeze[0])}至{day_word(found.freeze[1])}暂停受理。"
    else:
        why = f"每年{'、'.join(f'{_month_day(a)}至{_month_day(b)}' for a, b in found.spans)}受理。"
    following = f"下一次从 {opening(found.opens)} 起受理。" if found.opens else "主管部门还没有公布下一次受理时间。"
    return why + following


def _month_day(text: str) -> str:
    month, day = text.split("-")
    return f"{int(month)}月{int(day)}日"
