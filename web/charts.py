"""Three kinds of charts as SVG, drawn here and not by a script: bars, columns, and what comes above what goes.

A chart says the same without colour: kinds of bars differ by their pattern, every bar has its number beside it, and
beside every chart stands a table. Looks are classes of statistics.css, so that the dark theme is the page's. All
charts are as wide as a column of the desktop page, which is also the width of a telephone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

WIDTH = 380
ROW, BAR = 40, 12
SMALL, PLAIN = 12, 13
PATTERNS = ("late", "today", "went", "freeze")
"""Kinds that are filled with a pattern; the others are plain."""
STEPS = (10, 15, 20, 30, 40, 50, 60, 80, 100)
"""Ends of a scale, in tenths of the power of ten below."""


@dataclass(frozen=True)
class Part:
    """A piece of a bar: its kind (plain, today, late, went) and its number."""

    kind: str
    number: int


@dataclass(frozen=True)
class Bar:
    """A bar with its name, its pieces, and what is said beside its sum."""

    name: str
    parts: tuple[Part, ...]
    note: str = ""

    @property
    def total(self) -> int:
        return sum(part.number for part in self.parts)


@dataclass(frozen=True)
class Week:
    """What came and went in a week; `name` is its first day, drawn under some of the weeks."""

    name: str
    came: int
    went: int


@dataclass(frozen=True)
class Band:
    """A span of the time axis, from 0 to 1, that is shaded (`freeze`) or underlined (`window`)."""

    kind: str
    start: float
    end: float


def bars(key: str, title: str, told: str, rows: Sequence[Bar]) -> Markup:
    """Return horizontal bars below each other, names above them. `told` says in words what is seen."""
    most = max((row.total for row in rows), default=0) or 1
    return _frame(key, title, told, len(rows) * ROW + 6, [piece for place, row in enumerate(rows)
                                                         for piece in _row(key, row, place * ROW, most)])  # fmt: skip


def columns(key: str, title: str, told: str, found: Sequence[Bar]) -> Markup:
    """Return upright columns with their number above and their name below."""
    most, high, pitch = max((one.total for one in found), default=0) or 1, 150, WIDTH / max(len(found), 1)
    pieces = [_line("axis", 0, high + 20, WIDTH, high + 20)]
    for place, one in enumerate(found):
        middle, height = pitch * (place + 0.5), high * one.total / most
        kind = one.parts[0].kind if one.parts else "plain"
        pieces += [
            _rect(key, kind, middle - 22, high + 20 - height, 44, height),
            _text(middle, high + 14 - height, str(one.total), "number", "middle"),
            _text(middle, high + 38, one.name, "soft", "middle", SMALL),
        ]
    return _frame(key, title, told, high + 48, pieces)


def mirror(key: str, title: str, told: str, weeks: Sequence[Week], bands: Sequence[Band]) -> Markup:
    """Return what came as bars upwards and what went as bars downwards from one line, over time."""
    left, half, top = 34.0, 88.0, 22.0
    most, pitch, zero = _most(weeks), (WIDTH - left) / max(len(weeks), 1), top + half
    pieces = [_band(key, band, left, top, half) for band in bands if band.kind == "freeze"]
    pieces += [_line("grid", left, top, WIDTH, top), _line("grid", left, zero + half, WIDTH, zero + half)]
    for place, week in enumerate(weeks):
        x, wide = left + pitch * (place + 0.12), pitch * 0.76
        up, down = half * week.came / most, half * week.went / most
        pieces += [_rect(key, "plain", x, zero - up, wide, up), _rect(key, "went", x, zero, wide, down)]
    pieces += [_line("axis", left, zero, WIDTH, zero), *_numbers(most, left, top, zero, half)]
    pieces += [_band(key, band, left, zero + half + 4, 0) for band in bands if band.kind == "window"]
    pieces += _names(weeks, left, pitch, zero + half + 24)
    return _frame(key, title, told, zero + half + 30, pieces)


# ---- parts -----------------------------------------------------------------------------------------------------------


def _row(key: str, row: Bar, y: float, most: int) -> Iterator[Markup]:
    yield _text(0, y + 14, row.name, "word", size=PLAIN)
    yield _text(WIDTH, y + 14, f"{row.total}{row.note}", "number", "end", PLAIN)
    yield _rect(key, "ground", 0, y + 20, WIDTH, BAR)
    x = 0.0
    for part in row.parts:
        wide = WIDTH * part.number / most
        yield _rect(key, part.kind, x, y + 20, wide, BAR)
        x += wide


def _numbers(most: int, left: float, top: float, zero: float, half: float) -> list[Markup]:
    return [
        _text(left - 6, top + 4, str(most), "soft", "end", SMALL),
        _text(left - 6, zero + 4, "0", "soft", "end", SMALL),
        _text(left - 6, zero + half + 4, str(most), "soft", "end", SMALL),
        _text(left, top - 8, "↑ 新到", "word", size=SMALL),
        _text(left + 64, top - 8, "↓ 办结", "word", size=SMALL),
    ]


def _names(weeks: Sequence[Week], left: float, pitch: float, y: float) -> list[Markup]:
    """Write the first day under every so many weeks, so that names do not touch."""
    step = max(1, -(-44 // max(pitch, 1)))
    places = range(0, len(weeks), int(step))
    return [_text(left + pitch * place, y, weeks[place].name, "soft", "start", SMALL) for place in places]


def _band(key: str, band: Band, left: float, y: float, half: float) -> Markup:
    x, wide = left + (WIDTH - left) * band.start, (WIDTH - left) * (band.end - band.start)
    return _rect(key, band.kind, x, y, wide, 2 * half if band.kind == "freeze" else 4)


def _most(weeks: Sequence[Week]) -> int:
    """Return the end of the scale: a round number that no week exceeds."""
    most = max((max(week.came, week.went) for week in weeks), default=0)
    unit = 10 ** (len(str(most)) - 1)
    return next((unit * factor // 10 for factor in STEPS if unit * factor >= most * 10 > 0), max(most, 1))


def _frame(key: str, title: str, told: str, height: float, pieces: Sequence[Markup]) -> Markup:
    head = Markup(
        '<svg class="chart" viewBox="0 0 {} {:.0f}" role="img" aria-labelledby="{k}-title {k}-told">'
        '<title id="{k}-title">{}</title><desc id="{k}-told">{}</desc><defs>'
    ).format(WIDTH, height, title, told, k=key)
    patterns = Markup("").join(_pattern(key, kind) for kind in PATTERNS)
    return head + patterns + Markup("</defs>") + Markup("").join(pieces) + Markup("</svg>")


def _pattern(key: str, kind: str) -> Markup:
    """Return hatching: steep for late, dots for today, level for what went, wide and faint for a freeze."""
    line = {"late": "M-1 1 1 -1M0 6 6 0M5 7 7 5", "today": "M2 3h2", "went": "M0 3h6", "freeze": "M-1 -1 7 7"}[kind]
    return Markup(
        '<pattern id="{}-{k}" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<rect class="ground-{k}" width="6" height="6"/><path class="lines-{k}" d="{}"/></pattern>'
    ).format(key, line, k=kind)


def _rect(key: str, kind: str, x: float, y: float, wide: float, high: float) -> Markup:
    if wide <= 0 or high <= 0:
        return Markup("")
    fill = Markup(' fill="url(#{}-{})"').format(key, kind) if kind in PATTERNS else ""
    shape = Markup('<rect class="is-{}"{} x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}"/>')
    return shape.format(kind, fill, x, y, wide, high)


def _line(kind: str, x: float, y: float, to_x: float, to_y: float) -> Markup:
    return Markup('<path class="{}" d="M{:.1f} {:.1f}L{:.1f} {:.1f}"/>').format(kind, x, y, to_x, to_y)


def _text(x: float, y: float, words: str, kind: str, anchor: str = "start", size: int = PLAIN) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}" font-size="{}" text-anchor="{}">{}</text>').format(
        kind, x, y, size, anchor, escape(words)
    )
