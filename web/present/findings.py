"""Why records were found together, in words: one short sentence for every field."""

from collections.abc import Iterable, Mapping
from typing import Any

NAMES = {
    "same": "姓名相同",
    "written": "姓名只差间隔号、空格或字符写法",
    "swapped": "姓名各部分顺序颠倒",
    "same_sound": "姓名读音相同",
    "look_alike": "姓名字形相近",
    "similar_sound": "姓名读音相近",
    "spelling": "姓名拼写相近",
    "missing": "姓名少一个字",
    "different": "姓名不同",
}
NUMBERS = {
    "same": "身份证件号相同",
    "same_file": "同一文件中身份证件号相同",
    "none": "均无身份证件号",
    "digit": "身份证件号只差一位",
    "swap": "身份证件号相邻两位颠倒",
    "old_form": "一个是另一个的 15 位旧号",
    "unrelated": "身份证件号没有关联",
}
RECORD_NUMBERS = {
    "same": "学籍号相同",
    "other_s_id": "一方学籍号与另一方身份证件号一致",
    "digit": "学籍号只差一位",
    "swap": "学籍号相邻两位颠倒",
}
OTHERS = {
    ("birth_date", "same"): "出生日期相同",
    ("birth_date", "slip"): "出生日期疑似笔误",
    ("birth_date", "different"): "出生日期不同",
    ("sex", "same"): "性别相同",
    ("sex", "different"): "性别不同",
    ("guardian", "same"): "监护人证件号相同",
    ("twins", "likely"): "证件号前后相连，也可能是双胞胎",
}


def sentence(reason: Mapping[str, Any] | str) -> str:
    """Say one reason. What was stored as words, before reasons were data, is said as it stands."""
    if isinstance(reason, str):
        return reason
    name, kind, detail = reason["field"], reason["kind"], reason.get("detail") or {}
    if name == "name":
        return NAMES[kind] + _characters(detail)
    if name == "id_number":
        return NUMBERS[kind] + _places(detail)
    if name == "record_no":
        return RECORD_NUMBERS[kind] + _places(detail)
    return OTHERS[name, kind]


def sentences(reasons: Iterable[Mapping[str, Any] | str], against: bool = True) -> list[str]:
    """Say every reason, the strongest first; without `against` only those that speak for one child."""
    told = (reason for reason in reasons if against or isinstance(reason, str) or reason.get("points", 0) >= 0)
    return [sentence(reason) for reason in told]


def _characters(detail: Mapping[str, Any]) -> str:
    pairs = "、".join(f"{place['one']}／{place['other']}" for place in detail.get("places", ()))
    return f"（{pairs}）" if pairs else ""


def _places(detail: Mapping[str, Any]) -> str:
    places = "、".join(str(place) for place in detail.get("places", ()))
    return f"（第 {places} 位）" if places else ""
