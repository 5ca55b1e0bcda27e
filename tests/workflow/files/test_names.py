"""File names as they may be shown and sent."""

import pytest

from workflow.files.names import LONGEST, clean

JPEG, PDF = "image/jpeg", "application/pdf"


@pytest.mark.parametrize(
    "given, kind, shown",
    [
        ("户口簿首页.jpg", JPEG, "户口簿首页.jpg"),
        ("scan.JPEG", JPEG, "scan.JPEG"),
        ("../../etc/passwd", PDF, "passwd.pdf"),
        ("C:\\Users\\li\\桌面\\证明.pdf", PDF, "证明.pdf"),
        ("a\r\nSet-Cookie: x.pdf", PDF, "aSet-Cookie_ x.pdf"),
        ("x\0y.pdf", PDF, "xy.pdf"),
        ("CON.pdf", PDF, "_CON.pdf"),
        ("x.jpg.html", JPEG, "x.jpg.html.jpg"),
        ("证明\u202egpj.exe", PDF, "证明gpj.exe.pdf"),
        ("", PDF, "未命名.pdf"),
        ("///", PDF, "未命名.pdf"),
        (".pdf", PDF, "pdf.pdf"),
        ("..", JPEG, "未命名.jpg"),
        ('a"b<c>.pdf', PDF, "a_b_c_.pdf"),
        ("  two   words  .pdf", PDF, "two words.pdf"),
        ("𠮷田䶮.pdf", PDF, "𠮷田䶮.pdf"),
    ],
)
def test_names_are_cleaned(given: str, kind: str, shown: str) -> None:
    assert clean(given, kind) == shown


def test_a_long_name_keeps_its_extension() -> None:
    name = clean("很" * 300 + ".pdf", PDF)
    assert len(name) == LONGEST
    assert name.endswith("很.pdf")
