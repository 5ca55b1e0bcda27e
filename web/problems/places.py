"""What the views of problem records share: the list one came from, looking written down, asking for whole numbers."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, abort, request

from web import clock
from web.auth import current_actor
from web.database import write
from web.present import problems_compare as compare
from web.present import problems_list as lists
from web.views import Field, FieldError, Form
from workflow import students
from workflow.payload import text_fault
from workflow.problems import comparing
from workflow.problems.listing import Wanted

bp = Blueprint("problems", __name__, url_prefix="/problems")
LONGEST_PURPOSE = 100


def shelf() -> tuple[str, Wanted]:
    """Return the shelf of the list that the address names, and what the list is narrowed to. 404 for another shelf."""
    asked = request.args.get("shelf", "")
    asked = "" if asked == "all" else asked
    if asked not in lists.SHELVES:
        abort(404)
    return asked, lists.wanted_of(asked, request.args)


def around() -> dict[str, str]:
    """Return the list the viewer came from as parts of every address on the page; empty when he came otherwise."""
    return lists.around(*shelf()) if request.args.get("shelf") else {}


def args(around: dict[str, str]) -> dict[str, Any]:
    """Return the parts of an address as url_for takes them."""
    return dict(around)


def purpose_of(form: Any) -> tuple[str, str]:
    """Return the purpose typed into a form, and what is wrong with it."""
    purpose = str(form.get("purpose", "")).strip()
    return purpose, (text_fault(purpose, LONGEST_PURPOSE) if purpose else "请写明用途") or ""


def earlier(found: Sequence[comparing.Earlier], placed: Sequence[compare.Placed]) -> tuple[str, ...]:
    """Say what was decided before about pairs of these records."""
    numbers = {one.record.student.id: one.no for one in placed}
    said = []
    for one in found:
        which = " 与 ".join(f"第 {numbers[number]} 方" for number in one.students)
        where = f"（{one.case_no}）" if one.case_no else ""
        over = f"；已于 {one.revoked_at:%Y年%-m月%-d日} 撤回" if one.revoked_at else ""
        said.append(f"{which}：{one.by} {one.at:%Y年%-m月%-d日} 判为不是同一人{where}{over}。")
    return tuple(said)


def reveal_form(key: str, purpose: tuple[str, str]) -> Form:
    said, fault = purpose
    field = Field("purpose", "用途", value=said, error=fault, required=True, maxlength=LONGEST_PURPOSE)
    errors = (FieldError(fault, "purpose"),) if fault else ()
    return Form((field,), errors, key, button="查看完整号码")


def note(numbers: Sequence[int], what: str, purpose: str) -> None:
    actor, now = current_actor(), clock.now()
    write(lambda session: students.note_looks(session, actor, numbers, what, purpose, now))
