"""The shared strings of a workbook, kept in little memory, and the escapes that .xlsx uses inside text."""

import re
from array import array
from collections.abc import Iterable
from typing import IO
from xml.etree.ElementTree import Element

from workflow.imports.limits import Limits
from workflow.imports.package import emptied, refuse

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")


def unescape(text: str) -> str:
    """_x0007_ is how .xlsx writes a character that XML does not allow. Half of a surrogate pair becomes U+FFFD."""
    return _ESCAPE.sub(_character, text) if "_x" in text else text


def _character(match: re.Match[str]) -> str:
    code = int(match.group(1), 16)
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else chr(code)


def text_of(holder: Element) -> str:
    """The text of an <is> or <si>: plain, or rich runs joined; phonetic hints are left out."""
    if len(holder) == 1 and holder[0].tag.endswith("}t"):
        return unescape(holder[0].text or "")
    return unescape("".join(_runs(holder)))


def _runs(holder: Element) -> Iterable[str]:
    for child in holder:
        name = child.tag.rpartition("}")[2]
        if name == "t":
            yield child.text or ""
        elif name == "r":
            yield from (grand.text or "" for grand in child if grand.tag.endswith("}t"))


class SharedStrings:
    """All shared strings as one block of UTF-8 with offsets: about 8 bytes per string beside the text itself."""

    def __init__(self, stream: IO[bytes] | None, limits: Limits) -> None:
        self._text = bytearray()
        self._ends = array("Q", [0])
        if stream is None:
            return
        for entry in emptied(stream, "si"):
            text = text_of(entry)
            if len(text) > limits.cell:
                raise refuse("damaged", limits.cell)
            self._text += text.encode()
            self._ends.append(len(self._text))

    def __getitem__(self, index: int) -> str:
        if not 0 <= index < len(self._ends) - 1:
            raise refuse("damaged")
        return self._text[self._ends[index] : self._ends[index + 1]].decode()
