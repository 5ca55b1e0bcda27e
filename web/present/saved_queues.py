"""The filters an officer keeps (常用筛选): a row above the list, and the forms that keep, rename and forget one."""

from collections.abc import Mapping, Sequence

from flask import url_for

from models.saved_queues import SavedQueue
from web.pages.inbox import Keeping, KeptFilter
from web.views import Field, Form
from workflow.saved_queues import LONGEST


def chips(
    queues: Sequence[SavedQueue], numbers: Sequence[int], chosen: str, *, everything: bool, more: bool
) -> tuple[KeptFilter, ...]:
    """Return the whole list, which is shown with `everything`, and then each filter.

    With `more` something waits that was not counted.
    """
    found = [KeptFilter("全部", url_for("inbox.show"), everything)]
    for queue, number in zip(queues, numbers, strict=True):
        address = url_for("inbox.show", queue=queue.public_id)
        count = f"{number}+" if more else str(number or "")
        found.append(KeptFilter(queue.name, address, queue.public_id == chosen, count))
    return tuple(found)


def saving(limits: Mapping[str, str], typed: str, refused: str) -> Keeping:
    """Return the form that keeps a filter under a name."""
    hidden = (Field(name, "", "hidden", value) for name, value in limits.items())
    form = Form((*hidden, _name(typed, refused)), button="保存")
    return Keeping(form, url_for("saved_queues.save"), opened=bool(refused))


def renaming(queue: SavedQueue, typed: str, refused: str) -> Keeping:
    """Return the form that gives a kept filter another name, or forgets it."""
    form = Form((_name(typed or queue.name, refused),), button="改名")
    rename = url_for("saved_queues.rename", public_id=queue.public_id)
    delete = url_for("saved_queues.delete", public_id=queue.public_id)
    return Keeping(form, rename, delete, opened=bool(refused))


def _name(typed: str, refused: str) -> Field:
    return Field("name", "名称", value=typed, error=refused, required=True, maxlength=LONGEST, autocomplete="off")
