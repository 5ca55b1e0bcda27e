"""The outside of an untrusted .xlsx: what kind of file it is, whether it may be opened, where its sheets are.

Runs in the reading child. Nothing is unpacked before the central directory has been judged.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, BinaryIO, Literal, cast
from xml.etree.ElementTree import Element, ParseError, XMLPullParser
from zlib import error as ZlibError

from workflow.imports.errors import WorkbookRefused
from workflow.imports.limits import MEGABYTE, Limits

OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
PART_LIMIT = 16 * MEGABYTE
PROLOG_LIMIT = 65_536
READ_SIZE = 32_768
RATIO_COUNTS_FROM = MEGABYTE

WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
FORBIDDEN_PARTS = (
    ("vbaproject", "macros"), ("macrosheets/", "macros"), ("dialogsheets/", "macros"),
    ("externallinks/", "external_links"), ("connections.xml", "external_links"), ("querytables/", "external_links"),
    ("embeddings/", "embedded"), ("activex/", "embedded"),
)  # fmt: skip

SENTENCES = {
    "not_xlsx": "这不是 .xlsx 工作簿。请用 Excel 或 WPS 打开原表，另存为“Excel 工作簿（*.xlsx）”后再上传。",
    "old_xls": "这是旧版 .xls 文件。请用 Excel 或 WPS 打开，另存为“Excel 工作簿（*.xlsx）”后再上传。",
    "encrypted": "工作簿设了打开密码，系统无法读取。请取消密码后另存，再上传。",
    "damaged": "工作簿已损坏或内容不完整，无法读取。请用 Excel 或 WPS 打开，另存一份后再上传。",
    "macros": "工作簿含有宏，不予接收。请另存为不带宏的“Excel 工作簿（*.xlsx）”后再上传。",
    "external_links": "工作簿含有指向其他文件或数据库的链接，不予接收。请断开链接、把数据粘贴为数值后再上传。",
    "embedded": "工作簿里嵌有其他文件或控件，不予接收。请删除嵌入的对象后再上传。",
    "bomb": "工作簿解开后异常地大，不予接收。请新建一份模板，只粘贴数据后再上传。",
    "no_sheet": "工作簿里没有可读取的工作表。请使用学籍导入模板。",
}  # fmt: skip


def refuse(code: str, limit: int | None = None) -> WorkbookRefused:
    """The refusal with its standard sentence."""
    return WorkbookRefused(code, SENTENCES[code], limit)


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A worksheet of the workbook: its name, whether it is shown, and its entry in the archive."""

    name: str
    visible: bool
    part: str


class Package:
    """An .xlsx whose directory has been judged. Parts are opened by name and parsed without DTD or entities."""

    def __init__(self, file: BinaryIO, limits: Limits) -> None:
        self._limits = limits
        judge_beginning(file, limits)
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as broken:
            raise refuse("damaged") from broken
        self._judge_directory(self._zip.infolist())
        self._names = {info.filename: info for info in self._zip.infolist()}
        self.workbook = self._find_workbook()
        self._relations = self._relations_of(self.workbook)

    def _judge_directory(self, infos: list[zipfile.ZipInfo]) -> None:
        if len(infos) > self._limits.entries:
            raise refuse("bomb", self._limits.entries)
        if len({info.filename.lower() for info in infos}) != len(infos):
            raise refuse("damaged")
        for info in infos:
            self._judge_entry(info)
        unpacked = sum(info.file_size for info in infos)
        if self._limits.unpacked is not None and unpacked > self._limits.unpacked:
            raise refuse("bomb", self._limits.unpacked)

    def _judge_entry(self, info: zipfile.ZipInfo) -> None:
        if info.flag_bits & 0x1:
            raise refuse("encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise refuse("damaged")
        if info.file_size > RATIO_COUNTS_FROM and info.file_size > info.compress_size * self._limits.ratio:
            raise refuse("bomb", self._limits.ratio)
        name = info.filename.lower().replace("\\", "/")
        for mark, code in FORBIDDEN_PARTS:
            if mark in name:
                raise refuse(code)

    def size(self, part: str) -> int:
        return self._names[part].file_size

    def has(self, part: str) -> bool:
        return part in self._names

    def open(self, part: str) -> IO[bytes]:
        """The unpacked bytes of a part; reading past the size in the directory is impossible."""
        try:
            return self._zip.open(self._names[part])
        except (KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as broken:
            raise refuse("damaged") from broken

    def _find_workbook(self) -> str:
        if not self.has("[Content_Types].xml"):
            raise refuse("not_xlsx")
        types = {
            element.get("PartName", "").lstrip("/"): element.get("ContentType", "")
            for element in self.elements("[Content_Types].xml", "Override")
        }
        if any("macroEnabled" in kind or "vbaProject" in kind for kind in types.values()):
            raise refuse("macros")
        parts = [part for part, kind in types.items() if kind == WORKBOOK_TYPE and self.has(part)]
        if len(parts) != 1:
            raise refuse("not_xlsx")
        return parts[0]

    def _relations_of(self, part: str) -> dict[str, tuple[str, str]]:
        """{id: (kind, part)} of the internal relations of a part."""
        path = PurePosixPath(part)
        name = str(path.parent / "_rels" / f"{path.name}.rels")
        if not self.has(name):
            raise refuse("damaged")
        found = {}
        for element in self.elements(name, "Relationship"):
            if element.get("TargetMode") != "External":
                target = element.get("Target", "")
                joined = target.lstrip("/") if target.startswith("/") else str(path.parent / target)
                found[element.get("Id", "")] = (element.get("Type", "").rpartition("/")[2], _plain(joined))
        return found

    def related(self, kind: str) -> str | None:
        """The part of the workbook that stands in the given relation, such as sharedStrings or styles."""
        return next((part for found, part in self._relations.values() if found == kind and self.has(part)), None)

    def sheets(self) -> list[SheetPart]:
        """The worksheets in the order of the workbook; chart sheets are left out."""
        found = []
        for element in self.elements(self.workbook, "sheet"):
            relation = next((value for key, value in element.items() if key.endswith("}id")), "")
            kind, part = self._relations.get(relation, ("", ""))
            if kind == "worksheet" and self.has(part):
                visible = element.get("state", "visible") == "visible"
                found.append(SheetPart(element.get("name", ""), visible, part))
        if not found or len({sheet.part for sheet in found}) != len(found):
            raise refuse("no_sheet" if not found else "damaged")
        return found

    def counts_from_1904(self) -> bool:
        properties = self.elements(self.workbook, "workbookPr")
        return any(element.get("date1904", "0") in ("1", "true") for element in properties)

    def elements(self, part: str, name: str) -> list[Element]:
        """All elements of that local name in a small part."""
        if self.size(part) > PART_LIMIT:
            raise refuse("damaged")
        with self.open(part) as stream:
            elements = (element for batch in parsed(stream) for element in batch)
            return [element for element in elements if element.tag.rpartition("}")[2] == name]


def judge_beginning(file: BinaryIO, limits: Limits) -> None:
    """Size and first bytes: an old .xls, an encrypted workbook and other files are named for what they are."""
    size = file.seek(0, 2)
    file.seek(0)
    if limits.packed is not None and size > limits.packed:
        sentence = f"文件超过 {limits.packed // MEGABYTE} MB。请按年级或班级拆成几个文件上传。"
        raise WorkbookRefused("too_large", sentence, limits.packed)
    head = file.read(len(OLE_MAGIC))
    if head == OLE_MAGIC:
        raise refuse("encrypted" if ENCRYPTED_STREAM in file.read(32 * MEGABYTE) else "old_xls")
    file.seek(0)
    if not head.startswith(b"PK"):
        raise refuse("not_xlsx")


def _plain(path: str) -> str:
    """The path without . and .. steps."""
    steps: list[str] = []
    for step in path.split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in ("", "."):
            steps.append(step)
    return "/".join(steps)


_PROLOG = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(<\?xml[^>]*\?>)?+(?>\s|<!--(?>.*?-->)|<\?(?>[^>]*)>)*+<[A-Za-z_]", re.DOTALL
)
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([^\"']*)[\"']")


BROKEN: tuple[type[Exception], ...] = (ParseError, zipfile.BadZipFile, ZlibError, EOFError, ValueError, LookupError)


class _Guarded:
    """A stream whose XML prolog has been read: UTF-8 and no document type, so no entity can be declared."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._head = stream.read(PROLOG_LIMIT)
        prolog = _PROLOG.match(self._head)
        if prolog is None:
            raise refuse("damaged")
        encoding = _ENCODING.search(prolog.group(1) or b"")
        if encoding and encoding.group(1).lower() not in (b"utf-8", b"utf8", b"us-ascii"):
            raise refuse("damaged")

    def read(self, size: int) -> bytes:
        if self._head:
            head, self._head = self._head[:size], self._head[size:]
            return head
        return self._stream.read(size)


def parsed(stream: IO[bytes]) -> Iterator[list[Element]]:
    """Every element of the stream when it ends, children first, in batches. The caller clears what it has used."""
    for batch in _events(stream, ("end",)):
        yield [element for _, element in batch]


def emptied(stream: IO[bytes], name: str) -> Iterator[Element]:
    """The children of the root with that local name, one by one; each is thrown away after use."""
    root: Element | None = None
    for batch in _events(stream, ("start", "end")):
        for event, element in batch:
            if root is None:
                root = element
            elif event == "end" and element.tag.endswith("}" + name):
                yield element
                root.clear()


def _events(stream: IO[bytes], kinds: tuple[Literal["start", "end"], ...]) -> Iterator[list[tuple[str, Element]]]:
    guarded = _Guarded(stream)
    parser: XMLPullParser[Element] = XMLPullParser(kinds)
    try:
        while data := guarded.read(READ_SIZE):
            parser.feed(data)
            yield cast("list[tuple[str, Element]]", list(parser.read_events()))
        parser.close()
        yield cast("list[tuple[str, Element]]", list(parser.read_events()))
    except BROKEN as broken:
        raise refuse("damaged") from broken
