"""The value of a rule in words, as the fields of a form, and read back from them; all three follow the rule's shape."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from werkzeug.datastructures import MultiDict

from web.views import Field, Option
from workflow.policy_shapes import Chosen, Group, OneOf, Shape, Span, Spans, Whole, Wholes, Words

EMPTY = {"transfer.windows": "全年受理", "transfer.freezes": "没有", "transfer.extra_levels": "不另加层级",
         "school.vacations": "照常计算", "reminder.take_over": "都不代为决定"}  # fmt: skip
"""What an empty list means."""
SEVERAL = "用顿号隔开"
BEFORE = "用顿号隔开；期限前写负数，当天写 0"
SPLIT = re.compile(r"[、，,;；\n]+")
BETWEEN = re.compile(r"\s*(?:至|到|~|～|—|–)\s*")
Give = Callable[[str], list[str]]
"""Returns what a form holds under a name."""


def words(key: str, shape: Shape, value: Any) -> str:
    """Return a value as an officer reads it."""
    return _words(shape, value) or EMPTY.get(key, "没有")


def _words(shape: Shape, value: Any) -> str:
    if isinstance(shape, Group):
        inner = [(label, part, value.get(name)) for name, label, part in shape.parts]
        return ("，" if _is_flat(shape) else "；").join(_labelled(*one) for one in inner if one[2] not in (None, []))
    if isinstance(shape, Whole):
        return f"{value} {shape.unit}"
    if isinstance(shape, Wholes):
        return _counted(shape, value)
    if isinstance(shape, Chosen):
        return "、".join(word for code, word in shape.options if code in value)
    if isinstance(shape, OneOf):
        return dict(shape.options).get(value, str(value))
    if isinstance(shape, Spans):
        return "、".join(f"{_day(one['from'])}至{_day(one['to'])}" for one in value)
    if isinstance(shape, Span):
        return f"{_day(value[0])}至{_day(value[1])}"
    return "、".join(value)


def _counted(shape: Wholes, value: list[int]) -> str:
    """Return numbers with their unit; those below zero lie before the deadline, zero is its day."""
    ahead = "、".join(str(abs(one)) for one in value if one)
    word = f"{'期限前 ' if shape.low < 0 else ''}{ahead} {shape.unit}" if ahead else ""
    return "和".join(filter(None, (word, "期限当天" if 0 in value else "")))


def _is_flat(shape: Group) -> bool:
    return all(isinstance(part, Whole | Wholes) for _, _, part in shape.parts)


def _labelled(label: str, shape: Shape, value: Any) -> str:
    return f"{label}{' ' if isinstance(shape, Whole) else '：'}{_words(shape, value)}"


def _day(text: str) -> str:
    """09-01 or 2025-09-01 as it is said."""
    parts = [str(int(part)) for part in text.split("-")]
    return f"{parts[-2]}月{parts[-1]}日" if len(parts) == 2 else f"{parts[0]}年{parts[1]}月{parts[2]}日"


def fields(shape: Shape, give: Give, label: str, path: str = "value") -> Iterator[Field]:
    """Yield the fields in which a value is typed; `give` returns what stands in them."""
    if isinstance(shape, Group):
        for name, inner, part in shape.parts:
            yield from fields(part, give, inner if path == "value" else f"{label}：{inner}", f"{path}.{name}")
        return
    texts = give(path)
    text = texts[0] if texts else ""
    if isinstance(shape, Whole):
        yield Field(path, label, value=text, required=True, hint=f"{shape.low} 到 {shape.high}，{shape.unit}",
                    inputmode="numeric", maxlength=6, width="short")  # fmt: skip
    elif isinstance(shape, Wholes):
        yield Field(
            path,
            label,
            value=text,
            required=True,
            hint=SEVERAL if shape.low >= 0 else BEFORE,
            maxlength=60,
            width="short",
        )
    elif isinstance(shape, Chosen):
        options = tuple(Option(code, word) for code, word in shape.options)
        yield Field(path, label, "checks", chosen=tuple(texts), required=bool(shape.always), options=options)
    elif isinstance(shape, OneOf):
        options = tuple(Option(code, word) for code, word in shape.options)
        yield Field(path, label, "select", text, required=True, options=options, width="short")
    elif isinstance(shape, Span):
        yield Field(path, label, value=text, required=True, hint="如 09-01 至 01-31", maxlength=20, width="short")
    elif isinstance(shape, Spans):
        example = "01-15 至 03-15" if shape.yearly else "2025-10-01 至 2025-10-15"
        yield Field(path, label, "textarea", text, hint=f"每行一个时段，如 {example}", rows=4, maxlength=600)
    else:
        yield Field(path, label, "textarea", text, required=shape.least > 0, hint="每行一项", rows=4, maxlength=1000)


def texts(shape: Shape, value: Any, path: str = "value") -> dict[str, list[str]]:
    """Return a value as the texts of its fields."""
    if isinstance(shape, Group):
        found: dict[str, list[str]] = {}
        for name, _, part in shape.parts:
            found |= texts(part, value.get(name), f"{path}.{name}")
        return found
    if value is None:
        return {path: []}
    if isinstance(shape, Chosen):
        return {path: list(value)}
    if isinstance(shape, Spans):
        return {path: ["\n".join(f"{one['from']} 至 {one['to']}" for one in value)]}
    if isinstance(shape, Span):
        return {path: [" 至 ".join(value)]}
    if isinstance(shape, Words):
        return {path: ["\n".join(value)]}
    if isinstance(shape, Wholes):
        return {path: ["、".join(map(str, value))]}
    return {path: [str(value)]}


def read(shape: Shape, form: MultiDict[str, str], path: str = "value") -> Any:
    """Return what was typed as a value; what cannot be read stays text, which the shape then refuses by its field."""
    if isinstance(shape, Group):
        return {name: read(part, form, f"{path}.{name}") for name, _, part in shape.parts}
    text = form.get(path, "").replace("\r\n", "\n").strip()
    if isinstance(shape, Whole):
        return _number(text)
    if isinstance(shape, Wholes):
        return [_number(part) for part in SPLIT.split(text) if part.strip()]
    if isinstance(shape, Chosen):
        sent = form.getlist(path)
        return [code for code, _ in shape.options if code in sent]
    if isinstance(shape, OneOf):
        return text
    if isinstance(shape, Span):
        return BETWEEN.split(text)
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    if isinstance(shape, Spans):
        return [_span(line) for line in lines]
    return [part.strip() for line in lines for part in line.split("、") if part.strip()]


def _number(text: str) -> int | str:
    text = text.strip().replace("－", "-").replace("−", "-")
    return int(text) if re.fullmatch(r"-?[0-9]{1,6}", text) else text


def _span(line: str) -> dict[str, str]:
    first, *rest = BETWEEN.split(line)
    return {"from": first, "to": rest[0] if len(rest) == 1 else ""}
