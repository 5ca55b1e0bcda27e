"""Which characters of a value are the same in the other records: computed here, so that masked ones can be marked."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import groupby

from web.pages.problem_parts import Cell, Mark
from workflow.duplicates.names import DIFFERENT, related_characters

HIDDEN = "•"
OPEN_TAIL = 4
AIR = "\u2009"
GROUPS = {18: (6, 14), 19: (1, 7, 15), 15: (6, 12)}
"""Where a number of this length is given a little air."""


def name_cells(values: Sequence[str]) -> list[Cell]:
    """Return names with the characters marked that another record has otherwise; also those that only sound alike."""
    return [_cell(value, _tones(values, place, alike=True), "字") for place, value in enumerate(values)]


def text_cells(values: Sequence[str]) -> list[Cell]:
    """Return dates and codes with the differing characters marked."""
    return [_cell(value, _tones(values, place), "位", mono=True) for place, value in enumerate(values)]


def number_cells(values: Sequence[str], revealed: bool) -> list[Cell]:
    """Return numbers, all but the last four characters as dots unless revealed; the dots carry the marks."""
    cells = []
    for place, value in enumerate(values):
        tones = _tones(values, place)
        shown = value if revealed else HIDDEN * max(0, len(value) - OPEN_TAIL) + value[-OPEN_TAIL:]
        cells.append(_cell(shown, tones, "位", mono=True, gaps=GROUPS.get(len(value), ())))
    return cells


def _tones(values: Sequence[str], place: int, *, alike: bool = False) -> list[str]:
    """Return for every character of one value how it stands to the others that have a value at all."""
    mine = values[place]
    tones = ["same"] * len(mine)
    for other in (value for at, value in enumerate(values) if at != place and value):
        for at, counterpart in enumerate(_aligned(mine, other)):
            if counterpart == mine[at]:
                continue
            near = alike and counterpart and related_characters(mine[at], counterpart) != DIFFERENT
            tones[at] = "alike" if near and tones[at] != "diff" else "diff"
    return tones


def _aligned(mine: str, other: str) -> list[str]:
    """Return for each character of `mine` the one that stands in its place, empty where there is none."""
    if len(mine) == len(other):
        return list(other)
    found = [""] * len(mine)
    for tag, start, end, there, until in SequenceMatcher(None, mine, other, autojunk=False).get_opcodes():
        if tag == "equal" or (tag == "replace" and end - start == until - there):
            found[start:end] = other[there:until]
    return found


def _cell(shown: str, tones: list[str], unit: str, *, mono: bool = False, gaps: Sequence[int] = ()) -> Cell:
    if not shown:
        return Cell(note="未填写")
    places = [at + 1 for at, tone in enumerate(tones) if tone != "same"]
    pieces = [piece for at, char in enumerate(shown) for piece in _piece(char, tones[at], at in gaps)]
    runs = tuple(
        Mark("".join(char for char, _ in run), tone)
        for tone, run in ((tone, list(run)) for tone, run in groupby(pieces, key=lambda one: one[1]))
    )
    said = ""
    if places:
        said = "整个不同" if len(places) == len(tones) else f"第{'、'.join(map(str, places))}{unit}不同"
    return Cell(runs, said=said, mono=mono)


def _piece(char: str, tone: str, gap: bool) -> list[tuple[str, str]]:
    """A character with its mark, and before it the air of a number, which has none."""
    return [(AIR, "same"), (char, tone)] if gap else [(char, tone)]
