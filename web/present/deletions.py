"""A record that its school deleted (domain 4.9): since when, until when it can be taken back, and the form for that."""

from collections.abc import Mapping

from flask import url_for

from models.cases import Case
from models.problems import Ruling
from web.pages.cases import TakingBack
from web.present.problems_ruling import undo_form
from web.views import Fact
from workflow import processes
from workflow.calendar import day_of
from workflow.problems import asking
from workflow.step import Step

HINT = "由本部门负责人决定；同意后学籍和在籍恢复到注销之前，之后另行变更的内容保留并列明，原来的证件号问题重新处理。"


def card(step: Step, key: str, said: Mapping[str, str], faults: Mapping[str, str]) -> TakingBack | None:
    """Return what the page says of the deletion; None where nothing was deleted.

    `said` is what was typed and refused, `faults` say why; both by field.
    """
    found = asking.deletion_of(step)
    if found is None:
        return None
    ruling = found.ruling
    refused = said.get("reason", ""), next(iter(faults.values()), "")
    return TakingBack(
        heading="注销与恢复",
        word="撤销注销",
        ask="提请恢复这条记录",
        facts=_facts(step, found),
        cases=tuple(_told(one) for one in reversed(found.cases)),
        form=undo_form(ruling, key, refused, HINT) if found.why_not is None else None,
        url=url_for("cases.undo", no=step.case.no, ruling=ruling.public_id),
        why_not=found.why_not or "",
        undone=ruling.undone_at is not None,
    )


def _facts(step: Step, found: asking.Undoable) -> tuple[Fact, ...]:
    ruling = found.ruling
    facts = [Fact("注销", _day(ruling, "confirmed_at"), note="学籍记录和在籍同时结束")]
    if ruling.undone_at:
        return (*facts, Fact("恢复", _day(ruling, "undone_at"), note="学籍记录和在籍已恢复到注销之前"))
    over = found.last_day < step.today
    return (*facts, Fact("撤销期至", f"{found.last_day:%Y年%-m月%-d日}", note="已届满，不能再恢复" if over else ""))


def _day(ruling: Ruling, name: str) -> str:
    at = getattr(ruling, name)
    return f"{day_of(at):%Y年%-m月%-d日}" if at else ""


def _told(case: Case) -> tuple[str, str, str]:
    title = processes.of(case).phases[case.phase].title
    return case.no, url_for("problems.show", no=case.no), title
