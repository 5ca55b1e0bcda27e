"""The form in which the parties of a case speak to each other, and whom they may call."""

from web.present import words
from web.views import Field, FieldError, Form, Option
from workflow import talk
from workflow.payload import COMMENT_LIMIT
from workflow.step import Step

MOST = 12
"""So many people are offered to be told; beyond, they are named in the words."""
READERS = "双方学校和主管部门都能看到；请勿写入完整证件号。写“@姓名”可以提醒某一位，如有同名的写“@用户名”。"


def is_open(step: Step) -> bool:
    """Tell whether the reader may speak here."""
    return step.case.closed_at is None and talk.may_speak(step)


def form(
    step: Step, key: str, said: str = "", fault: str = "", also: tuple[str, ...] = (), hint: str = READERS
) -> Form:
    """Return the form as typed so far."""
    people = talk.may_be_mentioned(step)
    words_typed = Field("comment", "留言", "textarea", said, hint=hint, error=fault, required=True, rows=3,
                        maxlength=COMMENT_LIMIT)  # fmt: skip
    fields = [words_typed]
    if 0 < len(people) <= MOST:
        options = tuple(Option(one.public_id, one.name, _desk(step, one.org_id, one.role)) for one in people)
        fields.append(Field("mention", "提醒谁看", "checks", chosen=also, options=options))
    return Form(tuple(fields), (FieldError(fault, "comment"),) if fault else (), key, button="发送留言")


def _desk(step: Step, office: int, role: str) -> str:
    return f"{step.world.name(office)} {words.ROLE_TITLES.get(role, role)}"
