"""Sample scans for the demo's cases, drawn and marked as samples: application, household register, proofs."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import as_file, files
from io import BytesIO

from PIL import Image, ImageDraw, ImageFont

from workflow.files.opening import Inspected, inspect

SIZE = (744, 1052)
INK, PALE, PAPER = (52, 58, 64), (206, 212, 218), (253, 253, 250)

LINES = {
    "转学申请": ("兹申请为被监护人办理转学。", "申请理由见转学申请表。", "监护人签字：（样例签字）"),
    "户口簿": ("户别：家庭户", "户主：（样例姓名）", "住址：岚川省（虚构）样例路1号"),
    "居住证明": ("兹证明该家庭居住于本社区。", "居住地址：样例路1号", "样例社区居民委员会"),
    "居住证": ("居住证（样例）", "签发机关：样例公安分局", "有效期限：长期"),
    "居民身份证": ("公民身份证件（样例）", "签发机关：样例公安分局", "与原件一致（样例签字）"),
    "学校在读证明": ("兹证明该生在本校就读。", "年级班级以学籍为准", "样例学校（盖章处）"),
    "公安情况说明": ("经查，该号码登记情况如下：", "（样例内容，不指任何人）", "样例派出所户籍专用"),
    "监护人声明": ("本人是该生的监护人。", "现就学籍事项声明如下（样例）", "监护人签字：（样例签字）"),
    "放弃学籍转接说明": ("本人不要求转接学籍。", "以现就读学校的学籍为准（样例）", "监护人签字：（样例签字）"),
    "无身份证号学生在校就读证明表": ("学生和家长签字：（样例签字）", "校长签字：（样例签字）", "样例学校（盖章处）"),
    "工作调动证明": ("兹证明该职工因工作需要调动。", "调入单位：样例公司", "样例公司人力资源部"),
}


@dataclass(frozen=True)
class Scan:
    """A sample as it would be uploaded, and what the inspection says about it (the same for every copy)."""

    file_name: str
    content: bytes
    inspected: Inspected


@cache
def scan(kind: str) -> Scan:
    """Return a sample paper: the application as PDF, everything else as JPEG."""
    page, out = _draw(kind), BytesIO()
    pdf = kind == "转学申请"
    if pdf:
        page.save(out, "PDF", resolution=90.0)
    else:
        page.save(out, "JPEG", quality=82)
    return Scan(f"{kind}.{'pdf' if pdf else 'jpg'}", out.getvalue(), inspect(out.getvalue()))


def _draw(kind: str) -> Image.Image:
    page = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(page)
    draw.rectangle((40, 40, SIZE[0] - 40, SIZE[1] - 40), outline=PALE, width=3)
    for row in range(3):
        draw.text((110, 330 + row * 230), "样例 · 虚构内容", font=_font(64), fill=PALE)
    draw.text((SIZE[0] // 2, 140), kind, font=_font(46), fill=INK, anchor="mm")
    for number, line in enumerate(LINES[kind]):
        draw.text((110, 240 + number * 60), line, font=_font(26), fill=INK)
    return page


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    with as_file(files("pdf_templates").joinpath("fonts/LXGWWenKai-Regular.ttf")) as path:
        return ImageFont.truetype(str(path), size)
