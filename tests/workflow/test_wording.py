"""The language of mail texts: what it fills in, and everything it refuses with a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflow import wording
from workflow.wording import UnknownPlaceholder, fault, fill

VALUES = {"学生": "张*", "原因": "", "环节": "转出学校"}
KNOWN = list(VALUES)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("请补正：{学生}", "请补正：张*"),
        ("退回了。[原因：{原因}。]", "退回了。"),
        ("[停在“{环节}”，]请办理", "停在“转出学校”，请办理"),
        ("[{环节}和{原因}]x", "x"),
        ("{学生}{学生}", "张*张*"),
        ("", ""),
    ],
)
def test_placeholders_are_filled_in_and_empty_parts_fall_away(text: str, said: str) -> None:
    assert fault(text, 100, KNOWN) is None
    assert fill(text, VALUES) == said


def test_what_is_filled_in_is_never_read_as_wording() -> None:
    assert fill("{学生}", {"学生": "{环节}[x]{{7*7}}"}) == "{环节}[x]{{7*7}}"


def test_what_the_program_does_not_know_is_an_error_when_it_is_filled_in() -> None:
    with pytest.raises(UnknownPlaceholder):
        fill("{身份证号}", VALUES)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{姓名}", "没有“姓名”这个占位符，可用的有：学生、原因、环节"),
        ("{ 学生 }", "没有“ 学生 ”这个占位符"),
        ("{学生", "花括号要成对"),
        ("学生}", "花括号要成对"),
        ("{{学生}}", "花括号要成对"),
        ("{% for x in range(10) %}", "没有"),
        ("{学生.__class__}", "没有"),
        ("{0}", "没有"),
        ("[x]", "至少要有一个占位符"),
        ("[{原因}", "后面缺少"),
        ("{原因}]", "前面缺少"),
        ("[[{原因}]]", "不能再套"),
        ("{学生}" * 21, "最多用 20 处"),
        ("详见 https://evil.example", "网址"),
        ("详见 www.evil", "网址"),
        ("详见 ｗｗｗ．ｅｖｉｌ．ｃｏｍ", "网址"),
        ("详见 evil.com/x", "网址"),
        ("详见 10.0.0.1", "网址"),
        ("javascript:alert(1)", "网址"),
        ("写信到 a@b.cn", "网址或邮箱"),
        ("<b>注意</b>", "网页代码"),
        ("＜script＞", "网页代码"),
        ("证号 110105194912310021", "长数字"),
        ("证号 １１０１０５１９４９１２３１００２１", "长数字"),
        ("一\n二", "不能换行"),
        ("主题\r\nBcc: x", "不能换行"),
        ("一\u2028二", "不能换行"),
        ("看不见\u200b的", "看不见"),
        ("反\u202e转", "不能使用"),
        ("空\0字符", "不能使用"),
        ("长" * 101, "最多 100 字"),
    ],
)
def test_what_does_harm_is_refused_with_a_sentence(text: str, words: str) -> None:
    assert words in str(fault(text, 100, KNOWN))


def test_every_part_is_judged_and_what_is_needed_must_be_there() -> None:
    words = {"subject": "", "happened": "{姓名}", "asked": "www.x.cn", "note": "", "button": "点" * 13}
    assert [reason.field for reason in wording.faults(words, KNOWN)] == ["subject", "happened", "asked", "button"]


@given(st.text(alphabet="{}[]学生原因x\n<@.1 ", max_size=60))
def test_what_is_accepted_can_always_be_filled_in(text: str) -> None:
    if fault(text, 100, KNOWN) is None:
        assert not set(fill(text, VALUES)) & set("{}[]")
