"""Pictures of a process, drawn from its definition: Mermaid text with every edge, and an SVG that can be read aloud.

The SVG shows the way a good case takes as a row of boxes from left to right; the offices of its route are one box.
Every other answer stands in the box it is given in, with the place it leads to; what can happen anywhere stands below.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from itertools import pairwise

from workflow import language, manners
from workflow.language import Action, Each, End, OnRoute, Phase, Process
from workflow.machines import edges
from workflow.manners import Jointly
from workflow.rights import TITLES

LINE, PAD, GAP, MARGIN, BELOW = 22, 16, 96, 24, 64
BIG, SMALL = 15, 13
ROUTE = "依次核办"
ANYTIME = "办理期间随时"
BY = {language.applicant: "申请单位", language.party: "参与单位", language.system: "系统"}
"""Who answers where the phase does not say it."""
FONT = 'font-family="system-ui,Noto Sans CJK SC,Microsoft YaHei,sans-serif" font-size="13" fill="#495057"'
HEAD = 'font-size="15" font-weight="600" fill="#212529"'
WORD = 'fill="#0b5394"'
WAY = 'fill="none" stroke="#0b5394" stroke-width="1.8" marker-end="url(#tip)"'
SIDE = 'fill="none" stroke="#868e96" stroke-width="1.2" stroke-dasharray="5 4" marker-end="url(#tip)"'
PLAIN = 'fill="#fff" stroke="#868e96" stroke-width="1.2" rx="5"'
START = 'fill="#fff" stroke="#0b5394" stroke-width="2" rx="5"'
GOOD = 'fill="#e6f4ea" stroke="#2e7d32" stroke-width="1.2" rx="18"'
ENDED = 'fill="#f1f3f5" stroke="#868e96" stroke-width="1.2" rx="18"'
"""Looks are attributes, not a style sheet: the picture may stand in a page without touching it."""


@dataclass(eq=False)
class Box:
    """A phase, or the phases of the route together. `x`, `y` are its upper left corner."""

    phases: list[Phase]
    answers: list[str] = field(default_factory=list)
    x: float = 0
    y: float = 0

    @property
    def title(self) -> str:
        return self.phases[0].title if len(self.phases) == 1 else ROUTE

    @property
    def lines(self) -> list[str]:
        inside = [f"{number}. {phase.title}" for number, phase in enumerate(self.phases, 1)]
        return [*(inside if len(inside) > 1 else []), *self.answers]

    @property
    def width(self) -> float:
        return max(_width(self.title, BIG), *(_width(line, SMALL) for line in self.lines), 60) + PAD * 2

    @property
    def height(self) -> float:
        return LINE * (1 + len(self.lines)) + PAD

    @property
    def middle(self) -> float:
        return self.y + self.height / 2

    @property
    def is_end(self) -> bool:
        return self.phases[0].final

    @property
    def is_good(self) -> bool:
        return isinstance(self.phases[0], End) and self.phases[0].good


@dataclass
class Plan:
    """What is drawn where: the way of a good case, the boxes beside it, the other ends, the words at the foot."""

    way: list[Box]
    beside: list[tuple[Box, Box]]
    ends: list[Box]
    foot: list[str]


def mermaid(process: type[Process]) -> str:
    """Return the process as a Mermaid state diagram; actions between the same two phases share an arrow."""
    joined: dict[tuple[str, str], list[str]] = {}
    for action, source, target in edges(process):
        words = joined.setdefault((source, target), [])
        if process.actions[action].title not in words:
            words.append(process.actions[action].title)
    lines = ["stateDiagram-v2", "    direction LR"]
    lines += [f'    state "{phase.title}" as {name}' for name, phase in process.declared.items()]
    lines.append(f"    [*] --> {process.initial()}")
    lines += [f"    {source} --> {target}: {'／'.join(words)}" for (source, target), words in joined.items()]
    lines += [f"    {name} --> [*]" for name, phase in process.declared.items() if phase.final]
    return "\n".join(lines) + "\n"


def svg(process: type[Process]) -> str:
    """Return the process as a standalone SVG picture."""
    boxes = _boxes(process)
    plan = _plan(process, boxes)
    width, height = _place(process, plan)
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{escape(process.title)}流程图" '
        f"{FONT}>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto"><path d="M0 0 8 4 0 8z" fill="#0b5394"/></marker></defs>',
        *_draw_way(process, plan),
        *(_draw_side(process, above, box) for above, box in plan.beside),
        *(_draw_box(box, box is plan.way[0]) for box in _all(plan)),
        *(f'<text x="{MARGIN}" y="{height - MARGIN:.0f}">{escape(line)}</text>' for line in plan.foot),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def anytime(process: type[Process]) -> list[Action]:
    """Return the answers that can be given wherever a case is asked after its beginning, always to the same effect."""
    asked = [box for box in _boxes(process)[1:] if not box.is_end]
    if len(asked) < 2:
        return []
    return [action for action in process.actions.values() if all(_leaves(action, box) for box in asked)]


def asked_of(phase: Phase) -> str:
    """Return who is asked in a phase, as officers say it."""
    if isinstance(phase.asks, OnRoute):
        return "依次核办的单位"
    if isinstance(phase.asks, Each):
        return phase.asks.title
    if isinstance(phase.asks, Jointly):
        roles = dict.fromkeys(TITLES.get(one.role.code, one.role.code) for one in phase.asks.asked)
        return f"{'、'.join(roles)}（{manners.WORDS[phase.asks.manner.code]}）"
    return TITLES.get(phase.asks.role.code, phase.asks.role.code) if phase.asks else ""


# ---- what is drawn -------------------------------------------------------------------------------------------------


def _boxes(process: type[Process]) -> list[Box]:
    boxes: list[Box] = []
    route: Box | None = None
    for phase in process.declared.values():
        if not isinstance(phase.asks, OnRoute):
            boxes.append(Box([phase]))
        elif route is None:
            route = Box([phase])
            boxes.append(route)
        else:
            route.phases.append(phase)
    return boxes


def _plan(process: type[Process], boxes: list[Box]) -> Plan:
    way = _way(process, boxes)
    anywhere = anytime(process)
    beside = []
    for box in boxes:
        if box not in way and not box.is_end:
            above = next(one for one in way if any(_leads(action, one, box) for action in process.actions.values()))
            beside.append((above, box))
    arrows = [*pairwise(way), *((box, above) for above, box in beside)]
    for box in boxes:
        box.answers = [
            f"{action.title} → {_places(action, box, boxes)}"
            for action in process.actions.values()
            if action not in anywhere and _leaves(action, box) and not _is_drawn(action, box, arrows)
        ]
    foot = [f"{action.title} → {_places(action, None, boxes)}" for action in anywhere]
    ends = [box for box in boxes if box.is_end and box not in way]
    return Plan(way, beside, ends, [f"{ANYTIME}：{'；'.join(foot)}"] if foot else [])


def _way(process: type[Process], boxes: list[Box]) -> list[Box]:
    """From the beginning along the primary answers to a good end, each time to the first box that is written later."""
    way = [boxes[0]]
    while not way[-1].is_end:
        following = [
            box
            for action in process.actions.values()
            if action.tone == "primary" and _leaves(action, way[-1])
            for box in boxes[boxes.index(way[-1]) + 1 :]
            if _leads(action, way[-1], box) and (box.is_good or not box.is_end)
        ]
        if not following:
            break
        way.append(min(following, key=lambda box: (box.is_end, boxes.index(box))))
    return way


def _leaves(action: Action, box: Box) -> bool:
    return any(action.leaves(phase.name) for phase in box.phases)


def _leads(action: Action, source: Box, target: Box) -> bool:
    return _leaves(action, source) and any(phase in action.move.targets for phase in target.phases)


def _is_drawn(action: Action, box: Box, arrows: list[tuple[Box, Box]]) -> bool:
    """Tell whether the answer stands at an arrow out of this box; all others stand in the box itself."""
    return action.tone == "primary" and any(one is box and _leads(action, box, target) for one, target in arrows)


def _places(action: Action, source: Box | None, boxes: list[Box]) -> str:
    targets = [box for box in boxes if any(phase in action.move.targets for phase in box.phases)]
    return " 或 ".join(box.title for box in targets if box is not source) or "本环节"


def _words(process: type[Process], source: Box, target: Box, *, primary: bool) -> list[str]:
    return [
        action.title
        for action in process.actions.values()
        if _leads(action, source, target) and (action.tone == "primary" or not primary)
    ]


# ---- where it stands -----------------------------------------------------------------------------------------------


def _place(process: type[Process], plan: Plan) -> tuple[float, float]:
    tallest = max(box.height for box in plan.way)
    x = float(MARGIN)
    for place, box in enumerate(plan.way):
        box.x, box.y = x, MARGIN + (tallest - box.height) / 2
        following = plan.way[place + 1] if place + 1 < len(plan.way) else None
        words = _words(process, box, following, primary=True) if following else []
        x += box.width + max([GAP, *(_width(word, SMALL) + 28 for word in words)])
    bottom = MARGIN + tallest
    for above, box in plan.beside:
        box.x, box.y = max(MARGIN, above.x + (above.width - box.width) / 2), above.y + above.height + BELOW
        taken = [other for _, other in plan.beside if other is not box and other.y and _overlap(box, other)]
        if taken:
            box.y = max(other.y + other.height for other in taken) + GAP / 4
        bottom = max(bottom, box.y + box.height)
    last = plan.way[-1]
    y = last.y + last.height + GAP / 4
    for box in plan.ends:
        box.x, box.y = last.x + (last.width - box.width) / 2, y
        y += box.height + GAP / 6
        bottom = max(bottom, box.y + box.height)
    right = max(box.x + box.width for box in _all(plan))
    feet = max([0, *(_width(line, SMALL) for line in plan.foot)])
    return max(right, feet + MARGIN) + MARGIN, bottom + MARGIN + LINE * len(plan.foot)


def _overlap(one: Box, other: Box) -> bool:
    return one.x < other.x + other.width and other.x < one.x + one.width


def _all(plan: Plan) -> Iterable[Box]:
    return [*plan.way, *(box for _, box in plan.beside), *plan.ends]


def _width(text: str, size: int) -> float:
    return sum(size if ord(char) > 0x2E7F else size * 0.62 for char in text)


# ---- lines ---------------------------------------------------------------------------------------------------------


def _draw_way(process: type[Process], plan: Plan) -> Iterable[str]:
    for source, target in zip(plan.way, plan.way[1:], strict=False):
        x1, x2, y = source.x + source.width, target.x, source.middle
        yield f'<path {WAY} d="M{x1:.0f} {y:.0f}H{x2 - 2:.0f}"/>'
        words = _words(process, source, target, primary=True)
        for row, word in enumerate(words):
            over = y - 8 - LINE * 0.8 * (len(words) - 1 - row)
            place = f'x="{(x1 + x2) / 2:.0f}" y="{over:.0f}"'
            yield f'<text {WORD} {place} text-anchor="middle">{escape(word)}</text>'


def _draw_side(process: type[Process], above: Box, box: Box) -> str:
    """Down to the box beside the way, and up again where its answer leads back."""
    x, top, low = box.x + box.width / 2, above.y + above.height, box.y
    down, up = _words(process, above, box, primary=False), _words(process, box, above, primary=True)
    parts = [f'<path {SIDE} d="M{x - 24:.0f} {top:.0f}V{low - 2:.0f}"/>']
    place = f'x="{x - 34:.0f}" y="{(top + low) / 2 + 4:.0f}"'
    parts += [f'<text {place} text-anchor="end">{escape("／".join(down))}</text>']
    if up:
        parts += [f'<path {WAY} d="M{x + 24:.0f} {low:.0f}V{top + 2:.0f}"/>']
        place = f'x="{x + 34:.0f}" y="{(top + low) / 2 + 4:.0f}"'
        parts += [f'<text {WORD} {place}>{escape("／".join(up))}</text>']
    return "".join(parts)


def _draw_box(box: Box, first: bool) -> str:
    look = GOOD if box.is_good else ENDED if box.is_end else START if first else PLAIN
    rows = [
        f'<text x="{box.x + PAD:.0f}" y="{box.y + 25 + LINE * (n + 1):.0f}">{escape(line)}</text>'
        for n, line in enumerate(box.lines)
    ]
    frame = f'x="{box.x:.0f}" y="{box.y:.0f}" width="{box.width:.0f}" height="{box.height:.0f}"'
    head = f'<text {HEAD} x="{box.x + PAD:.0f}" y="{box.y + 25:.0f}">{escape(box.title)}</text>'
    return f'<rect {look} {frame}/>{head}{"".join(rows)}'
