"""What everybody who opens a case must know before anything else, said once for the page of every kind of case."""

from web.present import proposals, signing
from workflow import suspension, taking_over
from workflow.calendar import due_day_of
from workflow.step import Step


def first(step: Step) -> tuple[tuple[str, str], ...]:
    """Return headings with words: that the case is suspended, what is proposed, that an office above may decide."""
    stopped = suspension.told(step)
    found = [("已挂起", stopped)] if stopped else []
    if proposal := proposals.told(step):
        found.append(proposal)
    found += signing.opinions(step)
    for item in step.open_items:
        above = taking_over.stepped_in(step, item)
        if above is None:
            continue
        silent, upper, due = step.world.name(item.org_id), step.world.name(above.org_id), due_day_of(item.due_at)
        rule = taking_over.rule_of(step, item).source
        words = f"期限 {due.month}月{due.day}日已过。两个单位都可以办理，先办的算数；逾期不视为同意。依据：{rule}。"
        found.append((f"{silent}逾期未办，{upper}可以代为决定", words))
    return tuple(found)
