"""What an office may tick when it sends something back, by process; whatever else is missing is said in the comment."""

from workflow.no_id.lists import FORM

PAPERS = {"居住或工作证明": ("居住证明", "居住证", "工作调动证明")}
"""The kinds of papers an item stands for; every other item is the name of a kind itself."""
ITEMS: dict[str, tuple[str, ...]] = {
    "transfer": ("学生姓名或学籍号", "转入年级或班级", "转学理由", "转学申请", "户口簿", "居住或工作证明"),
    "problem": ("户口簿", "居民身份证", "学校在读证明", "监护人签字", "更正内容", "说明"),
    "id_error": ("更正内容", "户口簿", "居民身份证", "公安证明", "说明"),
    "no_id": (FORM, "签字或盖章", "没有证件号的原因", "监护人信息"),
}


def kinds_of(item: str) -> tuple[str, ...]:
    """Return the kinds of papers that a ticked item speaks of; where it speaks of none, no paper is called so."""
    return PAPERS.get(item, (item,))
