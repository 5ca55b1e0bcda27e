"""The process that reads a small workbook: `python -m workflow.imports.plain_child`, content in, rows of text out.

An answer begins with "+" (the rows of the first sheet as JSON) or "-" (it is no workbook).
"""

import datetime as dt
import io
import json
import sys
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook

from workflow.confined import confine, given


def main() -> None:
    question, means, content = given()
    confine(means)
    try:
        told = b"+" + json.dumps(rows(content, int(question["most"])), ensure_ascii=False).encode()
    except (CalamineError, OSError, ValueError):
        told = b"-"
    sys.stdout.buffer.write(told)
    sys.stdout.buffer.flush()


def rows(content: bytes, most: int) -> list[list[str]]:
    """The first sheet's rows from the top of the sheet, so that the place in the list is the row's number."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    sheet = book.get_sheet_by_index(0)
    return [[text_of(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False, nrows=most + 1)]


def text_of(cell: Any) -> str:
    """A cell as text; a number that lost digits in Excel shows its zeros and will fit no pupil."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, dt.date | dt.datetime):
        return cell.isoformat()
    return str(cell)


if __name__ == "__main__":
    main()
