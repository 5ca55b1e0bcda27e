"""The words of a mail as an administrator may write them: text, placeholders {学生}, parts that may fall away […].

A part in square brackets is left out when one of the placeholders in it is empty. There is nothing else in the
language: no condition, no loop, no call, so nothing that is written can reach anything or take long. What is filled in
is never read again as wording.
"""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from workflow.errors import Reason
from workflow.payload import text_fault

LIMITS = {"subject": 80, "happened": 400, "asked": 200, "note": 300, "button": 12}
"""The parts of a mail that can be worded, in characters. The line about the deadline and the frame are fixed."""
NEEDED = {"subject": "请填写主题", "happened": "请填写正文", "button": "请填写按钮上的字"}
MOST_PLACEHOLDERS = 20
_TOKEN = re.compile(r"\{([^{}\[\]]*)\}|([\[\]{}])")
_LINK = re.compile(
    r"://|www[.]|@|\b(https?|ftp|mailto|javascript|data):|[a-z0-9-]+[.。][a-z]{2,}\b|\d{1,3}([.]\d{1,3}){3}|xn--"
)
_NUMBER = re.compile(r"\d{15,}")
_INVISIBLE = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u3164\ufeff\uffa0"  # noqa: E501


class UnknownPlaceholder(ValueError):
    """A wording asks for something that this program cannot fill in."""


@dataclass(frozen=True)
class _Part:
    """Text and placeholders in turn; `optional` falls away as a whole."""

    pieces: tuple[tuple[str, bool], ...]
    optional: bool = False


def fill(text: str, values: Mapping[str, str]) -> str:
    """Return the text with its placeholders filled in. Raises UnknownPlaceholder; what is malformed stays as it is."""
    told = []
    for part in _parts(text):
        names = [piece for piece, is_name in part.pieces if is_name]
        for name in names:
            if name not in values:
                raise UnknownPlaceholder(name)
        if part.optional and not all(values[name] for name in names):
            continue
        told.append("".join(values[piece] if is_name else piece for piece, is_name in part.pieces))
    return "".join(told)


def faults(words: Mapping[str, str], known: Collection[str]) -> list[Reason]:
    """Return everything that is wrong with a wording; `known` are the placeholders of this mail."""
    found = []
    for field in LIMITS:
        message = NEEDED.get(field) if not words.get(field) else fault(words[field], LIMITS[field], known)
        if message:
            found.append(Reason("field", "block", message, field=field))
    return found


def fault(text: str, limit: int, known: Collection[str]) -> str | None:
    """Return the first thing that is wrong with one text, as a sentence, or None."""
    plain = unicodedata.normalize("NFKC", text).lower()
    if wrong := text_fault(text, limit):
        return wrong
    if any(char in text for char in "\n\r\t\u2028\u2029"):
        return "不能换行：一项写成一段"
    if any(char in _INVISIBLE for char in text):
        return "含有看不见的字符，请删除后重新输入"
    if "<" in plain or ">" in plain:
        return "不能写网页代码（“<”和“>”）"
    if _LINK.search(plain):
        return "不能写网址或邮箱：邮件里只有一个打开本系统的按钮"
    if _NUMBER.search(plain):
        return "不能写证件号码或其他长数字"
    return _structure_fault(text, known)


def _structure_fault(text: str, known: Collection[str]) -> str | None:
    inside, names, has_name = False, 0, False
    for match in _TOKEN.finditer(text):
        name, mark = match[1], match[2]
        if mark in ("{", "}"):
            return "花括号要成对，里面只写占位符的名称，如 {学生}"
        if mark == "[":
            if inside:
                return "方括号里不能再套方括号"
            inside, has_name = True, False
        elif mark == "]":
            if not inside:
                return "“]”前面缺少“[”"
            if not has_name:
                return "方括号里至少要有一个占位符，它没有内容时整段省去"
            inside = False
        elif name not in known:
            return f"没有“{name[:20]}”这个占位符，可用的有：{'、'.join(known)}"
        else:
            names, has_name = names + 1, True
    if inside:
        return "“[”后面缺少“]”"
    return f"占位符最多用 {MOST_PLACEHOLDERS} 处" if names > MOST_PLACEHOLDERS else None


def _parts(text: str) -> list[_Part]:
    parts: list[_Part] = []
    pieces: list[tuple[str, bool]] = []
    optional, end = False, 0
    for match in _TOKEN.finditer(text):
        pieces.append((text[end : match.start()], False))
        end = match.end()
        if match[2] in ("[", "]"):
            parts.append(_Part(tuple(pieces), optional))
            pieces, optional = [], match[2] == "["
        else:
            pieces.append((match[2], False) if match[2] else (match[1], True))
    pieces.append((text[end:], False))
    parts.append(_Part(tuple(pieces), optional))
    return parts
