"""Papers printed by the real WeasyPrint in its real child process: what stands on them, and what is refused."""

import base64
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from typing import Any

import pikepdf
import pypdfium2
import pytest
import segno
from PIL import Image

from web import pdf
from web.papers import child
from web.papers.limits import Limits
from web.papers.press import Press

PAPERS = ["transfer_form", "transfer_certificate", "paper_file_list"]
RARE = "𠮷䶮㛃𬱖"
A4 = (595, 842)


def sample(template: str) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((files("pdf_templates") / "samples" / f"{template}.json").read_text("utf-8"))
    return facts


@pytest.fixture(scope="module")
def press() -> Iterator[Press]:
    press = Press()
    yield press
    press.close()


@pytest.fixture(scope="module")
def printed(press: Press) -> dict[str, bytes]:
    return {template: press.print(template, sample(template)) for template in PAPERS}


def pages(content: bytes) -> list[str]:
    """The text of each page without blanks and line ends."""
    document = pypdfium2.PdfDocument(content)
    try:
        return ["".join(page.get_textpage().get_text_range().split()) for page in document]
    finally:
        document.close()


def text(content: bytes) -> str:
    return "".join(pages(content))


def refusal(press: Press, template: str, facts: dict[str, Any]) -> pdf.PaperRefused:
    with pytest.raises(pdf.PaperRefused) as refused:
        press.print(template, facts)
    return refused.value


def glyph_codes(content: bytes) -> set[int]:
    """Every glyph number drawn anywhere in the file."""
    found: set[int] = set()
    with pikepdf.open(io.BytesIO(content)) as document:
        objects = [item for item in document.objects if isinstance(item, pikepdf.Stream)]
        streams: list[Any] = [*document.pages, *(item for item in objects if item.get("/Subtype") == "/Form")]
        for stream in streams:
            for instruction in pikepdf.parse_content_stream(stream, "Tj TJ"):
                parts: Any = instruction.operands
                for part in parts[0] if str(instruction.operator) == "TJ" else parts:
                    if isinstance(part, pikepdf.String):
                        raw = bytes(part)
                        found |= {int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)}
    return found


@pytest.mark.parametrize("template", PAPERS)
def test_every_paper_is_a4_with_one_embedded_font_and_is_small(printed: dict[str, bytes], template: str) -> None:
    content = printed[template]
    assert len(content) < 100_000
    with pikepdf.open(io.BytesIO(content)) as document:
        assert str(document.Root.Lang) == "zh-CN"
        assert str(document.docinfo["/Author"]) == sample(template)["issued_by"]
        assert all((round(page.mediabox[2]), round(page.mediabox[3])) == A4 for page in document.pages)
        fonts = [item for item in document.objects if isinstance(item, pikepdf.Dictionary) and "/FontName" in item]
        assert {str(font.FontName).split("+")[1] for font in fonts} == {"LXGW-WenKai"}
        assert all("/FontFile2" in font for font in fonts)


@pytest.mark.parametrize("template", PAPERS)
def test_rare_characters_are_drawn_and_can_be_copied_out_again(press: Press, template: str) -> None:
    facts = sample(template)
    facts["pupil"]["name"] = RARE
    content = press.print(template, facts)
    assert RARE in text(content)
    codes = glyph_codes(content)
    assert len(codes) > 100
    assert 0 not in codes


def test_the_form_shows_every_office_its_opinion_its_decider_and_its_day(printed: dict[str, bytes]) -> None:
    facts, shown = sample("transfer_form"), text(printed["transfer_form"])
    for opinion in facts["opinions"]:
        assert opinion["office"] in shown
        assert opinion["text"] in shown
        assert opinion["decider"] in shown
    assert "2025年9月15日" in shown
    assert "已作废，不再算数" in shown
    assert "负责人签名" in shown
    for attachment in facts["attachments"]:
        assert attachment["name"] in shown
        assert attachment["digest"][:12] in shown


def test_the_certificate_says_who_from_where_to_where_since_when_and_how_to_check(printed: dict[str, bytes]) -> None:
    facts, shown = sample("transfer_certificate"), text(printed["transfer_certificate"])
    for expected in (
        facts["number"], facts["case_no"], facts["pupil"]["name"], facts["pupil"]["record_no"],
        facts["releasing"]["name"], facts["receiving"]["name"], facts["issued_by"],
        facts["verify"]["code"], facts["verify"]["page"], "2025年9月22日", "以验证页为准",
        "第1页共1页", "第1次打印", "演示数据，不作凭证",
    ):
        assert expected in shown
    assert all(opinion["office"] in shown for opinion in facts["opinions"])
    assert "作废" not in shown


def test_a_reprint_says_so_and_a_void_certificate_cannot_be_mistaken(press: Press) -> None:
    facts = sample("transfer_certificate")
    facts["copy"] = 3
    facts["void"] = {"on": "2025-10-09", "by": "云台县教育局", "reason": "转学事项被撤销"}
    shown = text(press.print("transfer_certificate", facts))
    assert "第3次打印（补打）" in shown
    assert "本件已于2025年10月9日由云台县教育局作废。原因：转学事项被撤销" in shown


def test_an_external_office_shows_who_recorded_its_answer_and_gets_no_stamp(press: Press) -> None:
    facts = sample("transfer_form")
    facts["opinions"] = [{**facts["opinions"][0], "recorded_by": "云台县教育局 王芳"}]
    shown = text(press.print("transfer_form", facts))
    assert "系统外单位，核办结果由云台县教育局王芳录入" in shown
    assert shown.count(facts["opinions"][0]["seal"]) == 0
    assert "（盖章）" in shown


def test_the_receipt_shows_what_was_missing(press: Press) -> None:
    facts = sample("paper_file_list")
    facts["receipt"] = {"received_on": "2025-10-08", "received_by": "周岚", "complete": False, "remark": "缺报告1份"}
    shown = text(press.print("paper_file_list", facts))
    assert "□与清单相符■有缺漏：缺报告1份" in shown
    assert "2025年10月8日" in shown


def test_the_qr_code_on_the_paper_is_the_verification_address(printed: dict[str, bytes]) -> None:
    expected = segno.make(sample("transfer_certificate")["verify"]["url"], error="m", micro=False).matrix
    document = pypdfium2.PdfDocument(printed["transfer_certificate"])
    dots = 600 / 25.4
    picture = document[0].render(scale=600 / 72).to_pil().convert("L")
    document.close()
    left, top, side = 25 * dots, (297 - 32 + 3) * dots, 21 * dots
    step = side / len(expected)
    seen = [
        [picture.getpixel((round(left + (column + 0.5) * step), round(top + (row + 0.5) * step))) < 128
         for column in range(len(expected))]
        for row in range(len(expected))
    ]
    assert seen == [[bool(module) for module in row] for row in expected]


def test_long_content_loses_nothing_and_keeps_head_and_foot_on_every_page(press: Press) -> None:
    facts = sample("transfer_form")
    sentences = [f"第{number:03d}句意见如此。" for number in range(200)]
    name = "阿卜杜热合曼·" * 7 + "买"
    school = "示例省青川市滨江区第一九年一贯制实验学校附属寄宿制民族融合教育中心校区东部分校"
    facts["pupil"]["name"] = name
    facts["receiving"]["name"] = school
    facts["opinions"] = [{**facts["opinions"][0], "office": school, "seal": school, "text": "".join(sentences)}] * 7
    shown = pages(press.print("transfer_form", facts))
    whole = "".join(shown)
    assert whole.count("句") == 7 * len(sentences)
    assert all(sentence in whole for sentence in sentences)
    assert name in whole
    assert whole.count(school) >= 8
    for number, page in enumerate(shown, 1):
        assert facts["number"] in page
        assert facts["verify"]["code"] in page
        assert f"第{number}页共{len(shown)}页" in page


def test_the_same_facts_give_the_same_bytes_also_from_another_process(printed: dict[str, bytes]) -> None:
    other = Press()
    try:
        assert {template: other.print(template, sample(template)) for template in PAPERS} == printed
    finally:
        other.close()


def test_other_facts_give_another_identifier(press: Press, printed: dict[str, bytes]) -> None:
    facts = sample("paper_file_list")
    facts["copy"] = 2
    identifiers = []
    for content in (printed["paper_file_list"], press.print("paper_file_list", facts)):
        with pikepdf.open(io.BytesIO(content)) as document:
            identifiers.append(bytes(document.trailer.ID[0]))
    assert identifiers[0] != identifiers[1]


@pytest.mark.parametrize("char, code", [
    ("\U00031350", "character"), ("😀", "character"), ("\ue863", "private_use"), ("\u202e", "control"),
])
def test_a_character_that_cannot_be_printed_is_refused_by_name(press: Press, char: str, code: str) -> None:
    facts = sample("transfer_certificate")
    facts["pupil"]["name"] = f"张{char}"
    refused = refusal(press, "transfer_certificate", facts)
    assert refused.code == code
    assert f"U+{ord(char):04X}" in refused.message
    assert "学生姓名" in refused.message
    assert (char in refused.message) == (code == "character")
    assert refused.detail == {"field": "pupil.name", "character": char, "code_point": f"U+{ord(char):04X}"}


def test_markup_and_template_text_in_a_fact_is_only_text(press: Press) -> None:
    facts = sample("transfer_form")
    hostile = '<img src="http://198.51.100.7/a.png"><link rel=attachment href="file:///etc/passwd">{{7*7}}'
    facts["statement"] = hostile
    content = press.print("transfer_form", facts)
    assert "".join(hostile.split()) in text(content)
    with pikepdf.open(io.BytesIO(content)) as document:
        assert "/EmbeddedFiles" not in document.Root.get("/Names", {})
    assert b"root:" not in content


@pytest.mark.parametrize("photo", [
    "http://198.51.100.7/photo.jpg", "file:///etc/passwd", "data:image/svg+xml;base64,PHN2Zy8+",
    "data:image/jpeg;base64,AAAA", "data:text/html,<script>", "",
])
def test_a_photo_is_a_whole_picture_inside_the_facts_or_nothing_is_printed(press: Press, photo: str) -> None:
    facts = sample("transfer_form")
    facts["pupil"]["photo"] = photo
    assert refusal(press, "transfer_form", facts).code == "photo"


def test_a_template_that_asks_for_something_outside_prints_nothing() -> None:
    """The templates do not; this is the second wall. Run apart: it needs the typesetter in the process itself."""
    asked = """
import socket, sys
from web.papers import layout, typeset
from web.papers.refusals import PaperRefused
listener = socket.create_server(("127.0.0.1", 0))
listener.setblocking(False)
setter = typeset.Typesetter()
for address in (f"http://127.0.0.1:{listener.getsockname()[1]}/a.png", "file:///etc/hostname"):
    layout.html = lambda template, facts: f'<p>x<img src="{address}">'
    try:
        setter.set("x", {})
    except PaperRefused as refused:
        print(refused.code)
try:
    listener.accept()
    print("asked")
except BlockingIOError:
    print("silence")
"""
    fonts = str(files("pdf_templates") / "fonts" / "fonts.conf")
    environment = {**os.environ, "FONTCONFIG_FILE": fonts, "PYTHONPATH": os.getcwd()}
    answer = subprocess.run([sys.executable, "-c", asked], env=environment, check=True, capture_output=True, text=True)
    assert answer.stdout.split() == ["resource", "resource", "silence"]


def test_a_missing_or_malformed_fact_is_refused(press: Press) -> None:
    missing = sample("transfer_certificate")
    del missing["pupil"]["record_no"]
    refused = refusal(press, "transfer_certificate", missing)
    assert refused.code == "facts"
    assert "record_no" in refused.message
    wrong = sample("transfer_certificate")
    wrong["effective_on"] = "22/09/2025"
    assert refusal(press, "transfer_certificate", wrong).code == "facts"
    without_offset = sample("transfer_certificate")
    without_offset["issued_at"] = "2025-09-22T09:12:00"
    assert refusal(press, "transfer_certificate", without_offset).code == "facts"


def test_an_unknown_paper_is_a_mistake_of_the_programmer(press: Press) -> None:
    with pytest.raises(ValueError, match="no such paper"):
        press.print("../../etc/passwd", {})


def heavy() -> dict[str, Any]:
    facts = sample("transfer_form")
    facts["opinions"] = [facts["opinions"][0]] * 4000
    return facts


def wide() -> dict[str, Any]:
    """A photo of the largest allowed size: a small file that needs 64 MB when it is opened."""
    facts, photo = sample("transfer_form"), io.BytesIO()
    Image.new("RGB", (4000, 4000), "white").save(photo, "PNG")
    facts["pupil"]["photo"] = "data:image/png;base64," + base64.b64encode(photo.getvalue()).decode()
    return facts


def address_space(process: int) -> int:
    """The bytes of address space a process has now."""
    with open(f"/proc/{process}/statm", encoding="ascii") as sizes:
        return int(sizes.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.parametrize("limits", [Limits(wall=2.0), Limits(processor=1)], ids=["wall", "processor"])
def test_a_paper_that_takes_too_long_ends_its_process_only_and_the_next_one_is_printed(
    limits: Limits, printed: dict[str, bytes]
) -> None:
    press = Press(limits)
    try:
        assert refusal(press, "transfer_form", heavy()).code == "time"
        assert press.pid is None
        assert press.print("transfer_certificate", sample("transfer_certificate")) == printed["transfer_certificate"]
    finally:
        press.close()


def test_a_paper_that_needs_too_much_memory_is_refused_and_the_next_one_is_printed(printed: dict[str, bytes]) -> None:
    press = Press()
    try:
        press.warm()
        assert press.pid
        tight = address_space(press.pid) + 40_000_000
        press.close()
        press.limits = Limits(memory=tight)
        assert refusal(press, "transfer_form", wide()).code in {"memory", "resource", "fault"}
        press.close()
        press.limits = Limits()
        assert press.print("transfer_certificate", sample("transfer_certificate")) == printed["transfer_certificate"]
    finally:
        press.close()


def test_facts_beyond_all_measure_are_refused_before_anything_is_started() -> None:
    press = Press(Limits(request=1000))
    assert refusal(press, "transfer_form", sample("transfer_form")).code == "size"
    assert press.pid is None


def test_a_killed_process_is_replaced(press: Press, printed: dict[str, bytes]) -> None:
    press.warm()
    before = press.pid
    assert before
    os.kill(before, signal.SIGKILL)
    os.waitid(os.P_PID, before, os.WEXITED | os.WNOWAIT)
    assert press.print("paper_file_list", sample("paper_file_list")) == printed["paper_file_list"]
    assert press.pid != before


def test_a_process_retires_after_its_share_of_papers_and_nobody_notices() -> None:
    press = Press(Limits(papers=2))
    facts = sample("paper_file_list")
    try:
        seen = []
        for _ in range(3):
            press.print("paper_file_list", facts)
            seen.append(press.pid)
    finally:
        press.close()
    assert seen[0] == seen[1] != seen[2]


def test_many_threads_share_one_process(press: Press, printed: dict[str, bytes]) -> None:
    facts = sample("paper_file_list")
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: press.print("paper_file_list", facts), range(8)))
    assert set(results) == {printed["paper_file_list"]}


def test_a_forked_process_starts_a_press_of_its_own_and_leaves_its_parents_alone() -> None:
    asked = """
import json, os, sys
from importlib.resources import files
from web import pdf
facts = json.loads((files("pdf_templates") / "samples" / "paper_file_list.json").read_text("utf-8"))
first = pdf.render("paper_file_list", facts)
if os.fork() == 0:
    os._exit(0 if pdf.render("paper_file_list", facts) == first else 1)
print(os.wait()[1], pdf.render("paper_file_list", facts) == first)
"""
    answer = subprocess.run([sys.executable, "-c", asked], check=True, capture_output=True, text=True)
    assert answer.stdout.split() == ["0", "True"]


def test_the_process_knows_no_secret_of_ours(press: Press, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XUEJIBAN_DATABASE_URL", "postgresql://somebody:secret@db/x")
    other = Press()
    try:
        other.warm()
        with open(f"/proc/{other.pid}/environ", "rb") as environment:
            assert b"XUEJIBAN" not in environment.read()
    finally:
        other.close()


@pytest.mark.parametrize("event", ["socket.connect", "socket.getaddrinfo", "subprocess.Popen"])
def test_the_process_may_neither_call_out_nor_start_anything(event: str) -> None:
    with pytest.raises(PermissionError):
        child.no_way_out(event, ())
    child.no_way_out("open", ())


def test_the_door_prints() -> None:
    pdf.warm()
    assert pdf.render("paper_file_list", sample("paper_file_list")).startswith(b"%PDF-")
