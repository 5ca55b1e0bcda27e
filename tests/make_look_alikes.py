"""Makes workflow/data/look_alikes.txt: pairs of characters whose drawings in the shipped font cover each other.

`python -m tests.make_look_alikes` writes the file anew. The 6,763 characters of GB 2312 are drawn, blurred a
little and laid over each other; a pair counts when most of the ink is common, and the more easily when one of the two
is among the nearest of the other. Simple characters differ in one stroke, which is much of their ink, and some pairs
are mixed up by part and not by outline; those are listed by hand below.
"""

from collections.abc import Iterator
from itertools import combinations, permutations
from pathlib import Path

from PIL import Image, ImageDraw, ImageFilter, ImageFont

ROOT = Path(__file__).resolve().parents[1]
FONT = ROOT / "pdf_templates" / "fonts" / "LXGWWenKai-Regular.ttf"
TARGET = ROOT / "workflow" / "data" / "look_alikes.txt"
DRAWN, GRID, INK, BLUR = 48, 24, 70, 0.8
CERTAIN = 0.84
"""Share of common ink that is enough by itself."""
LIKELY, NEAREST = 0.75, 6
"""Share that is enough for one of the nearest few of a character."""
BY_HAND = """
人入八 土士 曰日 日目 目且 己已巳 天夫 夫失 未末 子孑孓 王玉 王壬 干千于 刀力 大太犬 田由甲申
戊戌戍戎 冶治 准淮 沈沉 侯候 刚钢 汤场 昊旻旲 颖颍 祎袆 皙晳 洋详祥 贺货 辰晨 晏宴 莹荧萤 瑞端
赢嬴羸 梓榇 桦烨 轩杆 妍研 昱翌 彦颜 彤肜 玥钥 玟玫 玮伟 佳住往 佩珮 钰玉 柯何 拾洽 汐夕 怡恰 恺凯
愷凱 沐休 炜玮 烁砾 禾木 秀莠 竞竟兢 苒冉 茜西 荞乔 菲非 萌明 薇徽 雯文 霁齐 饶绕 崎琦 崇祟 汨汩
洛落 沛柿 泯抿 祖诅 令今 丘兵 乌鸟 毋母 斤斥 折拆 侍待 徒徙 幻幼 亨享 卯卵 厉历 司可 名各 吉告 囯国
圯圮 壸壶 奇寄 妹姝 孟盂 宝玉 尧光 已乙 幸辛 库厍 廷延 弘引 彬杉 忻析 恒桓 惠蕙 戈弋 抒杼 旦且 晔桦
晟成 暄喧萱 杭抗 林材 明朋 𠮷吉 赵趙
"""


def pairs() -> set[frozenset[str]]:
    """Return every pair of look-alikes."""
    found = {frozenset(pair) for group in BY_HAND.split() for pair in combinations(group, 2)}
    signs = list(_signs())
    drawings = [_drawing(sign) for sign in signs]
    for place, drawing in enumerate(drawings):
        shares = ((_common(drawing, other), signs[number]) for number, other in enumerate(drawings) if number != place)
        nearest = sorted((share for share in shares if share[0] >= LIKELY), reverse=True)
        near = [other for rank, (share, other) in enumerate(nearest) if share >= CERTAIN or rank < NEAREST]
        found |= {frozenset((signs[place], other)) for other in near}
    return found


def text() -> str:
    """Return the file: one line for each character, followed by its look-alikes."""
    table: dict[str, set[str]] = {}
    for pair in pairs():
        for one, other in permutations(pair):
            table.setdefault(one, set()).add(other)
    lines = [f"{sign} {''.join(sorted(table[sign]))}\n" for sign in sorted(table)]
    return HEAD + "".join(lines)


HEAD = """\
# Characters that are taken for one another by their look: the character, a space, its look-alikes.
# Made by tests/make_look_alikes.py from the drawings of LXGW WenKai (SIL Open Font License 1.1), which is shipped with
# the papers, and from a list by hand in that file. Do not edit.
"""


def _common(one: int, other: int) -> float:
    ink = one.bit_count() + other.bit_count()
    return 1 - (one ^ other).bit_count() / ink


def _signs() -> Iterator[str]:
    for row in range(0xB0, 0xF8):
        for place in range(0xA1, 0xFF):
            sign = bytes((row, place)).decode("gb2312", "ignore")
            if sign:
                yield sign


def _drawing(sign: str) -> int:
    image = Image.new("L", (DRAWN, DRAWN), 0)
    ImageDraw.Draw(image).text((DRAWN // 2, DRAWN // 2), sign, font=_FONT, fill=255, anchor="mm")
    small = image.filter(ImageFilter.GaussianBlur(BLUR)).resize((GRID, GRID), Image.Resampling.BOX)
    return int("".join("1" if value > INK else "0" for value in small.tobytes()), 2)


_FONT = ImageFont.truetype(str(FONT), DRAWN)

if __name__ == "__main__":
    TARGET.write_text(text(), "utf-8")
