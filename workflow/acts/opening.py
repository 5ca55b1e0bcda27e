"""开放时自动提交: a draft that is complete is sent by itself when the place takes in requests again."""

from workflow.language import Common, applicant
from workflow.step import Step
from workflow.transfers import opening


class OfDraft(Common):
    """A common act about a request that was not sent yet."""

    def belongs_to(self, step: Step) -> bool:
        unsent = step.case.submitted_at is None and step.case.closed_at is None
        return unsent and (self.when is None or self.when(step))


ACTS: dict[str, Common] = {
    "wait_for_opening": OfDraft(
        "开放时自动提交",
        by=applicant,
        when=opening.may_wait,
        needs=(opening.complete_but_for_the_time,),
        does=(opening.begin,),
        consequence="到开放受理的那一刻，按草稿建立的先后自动提交；提交前可以修改，也可以取消。",
    ),
    "stop_waiting": OfDraft(
        "取消自动提交",
        by=applicant,
        when=opening.waits,
        does=(opening.give_up,),
        consequence="草稿保留，开放后由您自己提交。",
    ),
}
