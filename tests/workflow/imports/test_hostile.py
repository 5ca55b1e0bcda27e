"""Files made to harm: refused with one sentence, in little memory and time, and the caller lives on."""

import io
import random
import resource
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest

from tests.make_workbook import edited, parts, pupil, repacked, workbook
from workflow.imports.errors import WorkbookRefused
from workflow.imports.limits import COMMAND, MEGABYTE, PAGE, Limits
from workflow.imports.package import OLE_MAGIC
from workflow.imports.reading import open_workbook

SHEET = "xl/worksheets/sheet1.xml"
TYPES = "[Content_Types].xml"


def refusal(data: bytes, limits: Limits = PAGE) -> str:
    with pytest.raises(WorkbookRefused) as caught, open_workbook(data, limits) as book:
        list(book.rows())
    assert caught.value.message.endswith("。")
    return caught.value.code


@pytest.fixture(scope="module")
def good() -> bytes:
    return workbook([pupil(1), pupil(2)])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "not_xlsx"),
        (b"name,sex\n", "not_xlsx"),
        (b"<html><table></table></html>", "not_xlsx"),
        (OLE_MAGIC + bytes(2000), "old_xls"),
        (OLE_MAGIC + bytes(600) + "EncryptedPackage".encode("utf-16-le") + bytes(600), "encrypted"),
        (b"PK\x03\x04" + bytes(500), "damaged"),
    ],
)
def test_other_files_are_named_for_what_they_are(data: bytes, code: str) -> None:
    assert refusal(data) == code


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    assert refusal(file.getvalue()) == "not_xlsx"


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ("xl/vbaProject.bin", "macros"),
        ("xl/macrosheets/sheet1.xml", "macros"),
        ("xl/externalLinks/externalLink1.xml", "external_links"),
        ("xl/connections.xml", "external_links"),
        ("xl/queryTables/queryTable1.xml", "external_links"),
        ("xl/embeddings/oleObject1.bin", "embedded"),
        ("xl/activeX/activeX1.bin", "embedded"),
        ("XL\\EmbedDings\\x.docx", "embedded"),
    ],
)
def test_macros_links_and_embedded_files_are_refused(good: bytes, part: str, code: str) -> None:
    assert refusal(repacked(good, {part: b"x"})) == code


def test_a_macro_workbook_that_was_renamed_is_refused(good: bytes) -> None:
    kind = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    plain = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    assert refusal(edited(good, TYPES, lambda text: text.replace(plain, kind))) == "macros"


def test_an_e_mail_address_that_excel_made_a_link_is_welcome(good: bytes) -> None:
    link = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
        'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink" '
        'Target="mailto:a@example.com" TargetMode="External"/></Relationships>'
    )
    with open_workbook(repacked(good, {"xl/worksheets/_rels/sheet1.xml.rels": link})) as book:
        assert len(list(book.rows())) == 2


def test_a_locked_entry_is_refused(good: bytes) -> None:
    at = good.rindex(b"PK\x01\x02")
    assert refusal(good[: at + 8] + b"\x01" + good[at + 9 :]) == "encrypted"


def test_too_many_entries_are_refused_before_anything_is_unpacked(good: bytes) -> None:
    assert refusal(repacked(good, {f"xl/media/{number}.png": b"" for number in range(200)})) == "bomb"


def test_an_entry_that_grows_a_hundredfold_is_refused(good: bytes) -> None:
    bomb = repacked(good, {"xl/media/a.png": bytes(30 * MEGABYTE)})
    assert refusal(bomb) == "bomb"
    assert refusal(bomb, COMMAND) == "bomb"


def test_more_than_the_limit_unpacked_or_packed_is_refused(good: bytes) -> None:
    noise = random.Random(1).randbytes(300_000)
    assert refusal(repacked(good, {"xl/media/a.png": noise}), Limits(unpacked=200_000)) == "bomb"
    assert refusal(repacked(good, {"xl/media/a.png": noise}), Limits(packed=200_000)) == "too_large"


def test_a_directory_that_lies_about_sizes_is_refused(good: bytes) -> None:
    big = edited(good, SHEET, lambda text: text.replace("</sheetData>", "<row/>" * 200_000 + "</sheetData>"))
    with zipfile.ZipFile(io.BytesIO(big)) as archive:
        true = archive.getinfo(SHEET).file_size.to_bytes(4, "little")
    assert refusal(big.replace(true, (1000).to_bytes(4, "little"))) == "damaged"


def test_entities_and_deep_nesting_do_not_grow(good: bytes) -> None:
    laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 9))
    head = f'<!DOCTYPE x [<!ENTITY a0 "ha">{laughs}]><worksheet'
    assert refusal(edited(good, SHEET, lambda text: text.replace("<worksheet", head))) == "damaged"
    deep = "<x>" * 300_000
    assert refusal(edited(good, SHEET, lambda text: text.replace("<sheetData>", deep + "<sheetData>"))) == "damaged"


def test_a_cell_longer_than_a_spreadsheet_allows_is_refused(good: bytes) -> None:
    assert (
        refusal(edited(good, SHEET, lambda text: text.replace("<t>202109</t>", f"<t>{'2' * 40_000}</t>"))) == "damaged"
    )


def test_a_merge_over_the_whole_sheet_costs_nothing(good: bytes) -> None:
    merge = '</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>'
    with open_workbook(edited(good, SHEET, lambda text: text.replace("</sheetData>", merge))) as book:
        rows = list(book.rows())
    assert set(rows[0].merges.values()) == {"covered"}


def test_thousands_of_merges_are_refused(good: bytes) -> None:
    merges = "".join(f'<mergeCell ref="A{n}:B{n}"/>' for n in range(10, 6000))
    changed = edited(
        good, SHEET, lambda text: text.replace("</sheetData>", f"</sheetData><mergeCells>{merges}</mergeCells>")
    )
    assert refusal(changed) == "bomb"


def test_a_child_out_of_memory_is_a_refusal_not_a_crash() -> None:
    data = workbook([pupil(number, 现住址="桃" * 32_000 + str(number)) for number in range(400)])
    assert refusal(data, Limits(memory=40 * MEGABYTE)) == "bomb"


def test_a_child_out_of_time_is_stopped(good: bytes) -> None:
    cells = "".join(f'<row r="{n}"><c r="A{n}"/></row>' for n in range(10, 1_000_000))
    slow = edited(good, SHEET, lambda text: text.replace("</sheetData>", cells + "</sheetData>"))
    assert refusal(slow, Limits(cpu=1)) == "bomb"


def test_a_silent_child_is_not_waited_for(good: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sleeper = tmp_path / "sleeper"
    sleeper.write_text("#!/bin/sh\nexec sleep 60\n")
    sleeper.chmod(0o755)
    monkeypatch.setattr("workflow.imports.reading.sys.executable", str(sleeper))
    assert refusal(good, Limits(stall=0)) == "bomb"


def test_the_child_sees_no_secret_of_the_product(good: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XUEJIBAN_KEY", "secret")
    seen = tmp_path / "seen"
    spy = tmp_path / "spy"
    spy.write_text(f"#!/bin/sh\nenv > {seen}\n")
    spy.chmod(0o755)
    monkeypatch.setattr("workflow.imports.reading.sys.executable", str(spy))
    assert refusal(good) == "bomb"
    assert "PYTHONPATH" in seen.read_text()
    assert "XUEJIBAN" not in seen.read_text()


def test_reading_takes_little_memory(good: bytes) -> None:
    rows = workbook([pupil(number) for number in range(1500)])
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss  # of every child of this process so far
    with open_workbook(rows) as book:
        assert sum(1 for _ in book.rows()) == 1500
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss <= max(before, 512 * 1024)


@pytest.mark.parametrize("seed", range(16))
def test_damaged_bytes_never_do_more_than_refuse(good: bytes, seed: int) -> None:
    """Some broken copies can still be read, the others are refused; nothing else happens."""
    dice = random.Random(seed)
    whole = good if seed % 2 else parts(good)[SHEET]
    place = dice.randrange(len(whole))
    broken = whole[:place] + dice.randbytes(dice.randrange(20)) + whole[place + dice.randrange(30) :]
    with suppress(WorkbookRefused), open_workbook(broken if seed % 2 else repacked(good, {SHEET: broken})) as book:
        list(book.rows())
