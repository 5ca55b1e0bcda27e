"""The gate for what comes in: strict JSON for programs, clean text for forms (promises 4)."""

import json
import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Request, abort, request
from werkzeug.datastructures import MultiDict

from workflow.errors import Reason, Unmet
from workflow.payload import bad_character

LARGEST = 1_000_000
DEEPEST = 32
MOST_KEYS = 5000
SAFE_INTEGER = 2**53
LONGEST_NUMBER = 40
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass
class BadInput(Exception):
    """A body that is not the JSON we take: `json_invalid` (400), or a value we cannot keep (422)."""

    message: str
    code: str = "json_invalid"
    status: int = 400
    field: str = ""
    limit: int | None = None


@dataclass(frozen=True)
class Kind:
    """What a member must be: one of the Python types, said in words."""

    types: tuple[type, ...]
    words: str


TEXT = Kind((str,), "文字")
WHOLE = Kind((int,), "整数")
YES_NO = Kind((bool,), "true 或 false")
LIST = Kind((list,), "列表")
OBJECT = Kind((dict,), "对象")
GRADE = Kind((int, str), "1 到 12 的数字")


def json_object(asked: Request) -> dict[str, Any]:
    """Return the body as an object that was checked in size, depth, number of keys and characters. Raises BadInput."""
    return parsed(json_bytes(asked))


def json_bytes(asked: Request) -> bytes:
    """Return the body as it came, if it says that it is JSON and is not too big. Raises BadInput."""
    if asked.mimetype != "application/json" and not asked.mimetype.endswith("+json"):
        raise BadInput("请求内容应为 application/json", "media_type", 415)
    if (asked.content_length or 0) > LARGEST:
        raise BadInput(f"JSON 最大 {LARGEST} 字节", "too_large", 413, limit=LARGEST)
    body = asked.stream.read(LARGEST + 1)
    if len(body) > LARGEST:
        raise BadInput(f"JSON 最大 {LARGEST} 字节", "too_large", 413, limit=LARGEST)
    return body


def parsed(body: bytes) -> dict[str, Any]:
    """Return the object a body holds. Raises BadInput; nothing in it can make the reader fail otherwise."""
    if body.startswith(b"\xef\xbb\xbf"):
        raise BadInput("JSON 开头不能有字节顺序标记（BOM）")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise BadInput("JSON 应为 UTF-8 编码") from None
    _check_depth(text)
    try:
        found = json.loads(text, object_pairs_hook=_Pairs(), parse_constant=_no_constant, parse_int=_whole)
    except ValueError:
        raise BadInput("JSON 格式有误") from None
    if not isinstance(found, dict):
        raise BadInput("JSON 最外层应为对象")
    _check_values(found, "")
    return found


def check_members(body: Mapping[str, Any], allowed: Mapping[str, Kind]) -> None:
    """Raise Unmet for every member that is unknown or of another kind; null counts as left out."""
    faults = [_fault(name, "没有这个字段") for name in body if name not in allowed]
    for name, value in body.items():
        kind = allowed.get(name)
        if kind is None or value is None:
            continue
        if not isinstance(value, kind.types) or (isinstance(value, bool) and bool not in kind.types):
            faults.append(_fault(name, f"应为{kind.words}"))
    if faults:
        raise Unmet(faults)


def check_form(form: MultiDict[str, str]) -> None:
    """Raise Unmet for form fields with characters that cannot be kept: NUL, other controls, lone surrogates."""
    faults = []
    for name, text in form.items(multi=True):
        fault = bad_character(text)
        if fault or bad_character(name):
            faults.append(_fault(name if not bad_character(name) else "", fault or "字段名有误"))
    if faults:
        raise Unmet(faults)


def refuse_arguments() -> None:
    """Stop what stands behind the ? of an address with NUL; asked once it is known who is there, who reads why."""
    for name, text in request.args.items(multi=True):
        if "\0" in name or "\0" in text:
            shown = name.replace("\0", "")[:50]
            status = 422 if request.path.startswith("/api/") else 400
            raise BadInput(f"网址中的 {shown} 含有不能使用的字符（U+0000）", "value_unacceptable", status, field=shown)


def refuse_control_characters() -> None:
    """Stop paths and forms with NUL before any view sees them: PostgreSQL cannot keep it, SQLite could."""
    if any(unicodedata.category(char) == "Cc" for char in request.path):
        abort(404)
    if request.mimetype not in FORMS:
        return
    names = (*request.form, *request.files)
    if None in names:  # a part of a multipart body that does not say which field it is
        raise BadInput("表单格式有误：有一部分没有字段名", "form_invalid")
    files = (file.filename or "" for file in request.files.values())
    if any("\0" in text for text in (*names, *request.form.values(), *files)):
        raise BadInput("所填内容含有不能使用的字符（U+0000），请删除后重试", "value_unacceptable", 422)


class _Pairs:
    """Builds the objects of one document: no key twice, and not too many in all."""

    def __init__(self) -> None:
        self.keys = 0

    def __call__(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        self.keys += len(pairs)
        if self.keys > MOST_KEYS:
            raise BadInput(f"JSON 最多 {MOST_KEYS} 个键", limit=MOST_KEYS)
        found = dict(pairs)
        if len(found) != len(pairs):
            raise BadInput("JSON 中有重复的键")
        return found


def _check_depth(text: str) -> None:
    """Count brackets outside strings before the real parser runs, which would exhaust its stack."""
    depth, inside, escaped = 0, False, False
    for char in text:
        if inside:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                inside = False
        elif char == '"':
            inside = True
        elif char in "[{":
            depth += 1
            if depth > DEEPEST:
                raise BadInput(f"JSON 最多 {DEEPEST} 层", limit=DEEPEST)
        elif char in "]}":
            depth -= 1


def _no_constant(name: str) -> Any:
    raise BadInput(f"JSON 中不能有 {name}")


def _whole(digits: str) -> int:
    if len(digits) > LONGEST_NUMBER or abs(number := int(digits)) > SAFE_INTEGER:
        raise BadInput("整数超出范围", "value_unacceptable", 422, limit=SAFE_INTEGER)
    return number


def _check_values(value: Any, place: str) -> None:
    """Look at every string and number; `place` is the dotted name of where we are."""
    if isinstance(value, dict):
        for name, inner in value.items():
            _check_text(name, place)
            _check_values(inner, f"{place}.{name}" if place else name)
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            _check_values(inner, f"{place}.{number}")
    elif isinstance(value, str):
        _check_text(value, place)
    elif isinstance(value, float) and not math.isfinite(value):
        raise BadInput("数字超出范围", "value_unacceptable", 422, field=place)


def _check_text(text: str, place: str) -> None:
    for number, char in enumerate(text, 1):
        if char == "\0" or unicodedata.category(char) == "Cs":
            message = f"第 {number} 个字符（U+{ord(char):04X}）不能使用，请删除"
            raise BadInput(message, "value_unacceptable", 422, field=place[:100])


def _fault(name: str, message: str) -> Reason:
    return Reason("field", "block", message, field=name[:100])
