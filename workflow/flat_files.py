"""Short lists that offices exchange: an Excel or CSV file as rows of text, and its columns found by their headings."""

import csv
import io
import json
from dataclasses import dataclass

from workflow import confined
from workflow.errors import Unacceptable

MOST_LINES, MOST_BYTES = 20_000, 20 * 1024 * 1024
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_CHILD = "workflow.imports.plain_child"


@dataclass(frozen=True)
class Row:
    """One line below the heading; `number` counts from 1, the heading included. What is not there is empty text."""

    number: int
    cells: dict[str, str]


def read(content: bytes, needed: tuple[str, ...], optional: tuple[str, ...] = ()) -> list[Row]:
    """Return the lines with the columns named. Raises Unacceptable with one sentence."""
    if len(content) > MOST_BYTES:
        raise Unacceptable("file", "文件不能超过 20 MB", "file_size", MOST_BYTES)
    rows = _sheet(content) if content.startswith((_ZIP, _OLD_EXCEL)) else _csv(content)
    if len(rows) > MOST_LINES + 1:
        raise Unacceptable("file", f"一次最多 {MOST_LINES} 行，请分开导入", "rows", MOST_LINES)
    head = next((n for n, row in enumerate(rows) if set(needed) <= {_heading(cell) for cell in row}), None)
    if head is None:
        raise Unacceptable("file", f"没有找到表头，应有这些列：{'、'.join(needed)}")
    headings = [_heading(cell) for cell in rows[head]]
    places = {name: headings.index(name) for name in (*needed, *optional) if name in headings}
    return [
        Row(number + 1, {name: _cell(row, places.get(name)) for name in (*needed, *optional)})
        for number, row in enumerate(rows)
        if number > head and any(cell.strip() for cell in row)
    ]


def _cell(row: list[str], place: int | None) -> str:
    return row[place].strip() if place is not None and place < len(row) else ""


def _heading(cell: str) -> str:
    return cell.strip().strip("★*＊ ")


def _csv(content: bytes) -> list[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            return list(csv.reader(io.StringIO(text, newline="")))
        except csv.Error:
            break
    raise Unacceptable("file", "文件不是 Excel 工作簿，也不是 UTF-8 或 GB 18030 编码的 CSV")


def _sheet(content: bytes) -> list[list[str]]:
    try:
        told = confined.ask(_CHILD, {"most": MOST_LINES + 1}, content, confined.Means())
    except confined.Perished:
        raise Unacceptable("file", "这个工作簿过大或过于复杂，不能读取") from None
    if not told.startswith(b"+"):
        raise Unacceptable("file", "这不是可以读取的 Excel 工作簿")
    rows: list[list[str]] = json.loads(told[1:])
    return rows
