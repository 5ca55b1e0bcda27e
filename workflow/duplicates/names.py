"""How two names can be one name: written, heard or seen wrongly, or with their parts in another order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import islice, permutations, product
from pathlib import Path
from typing import Any

from pypinyin import Style, pinyin
from rapidfuzz.distance import Levenshtein

from workflow.identity_key import fold_name

DATA = Path(__file__).resolve().parents[1] / "data"
MOST_KEYS = 6
"""So many sounds of one name are kept; names with several doubtful readings are rare."""
MOST_READINGS = 2
LONGEST_PERMUTED = 4
"""Characters of a name of which every order is tried; the parts of a longer one have separators."""
MOST_VARIANTS = 80
LONG_NAME, SPELLING_SHARE = 5, 0.8
"""From this length on names may differ by spelling, as they do when another script is transcribed."""

SAME, WRITTEN, SWAPPED = "same", "written", "swapped"
SOUND, LOOK, SIMILAR = "same_sound", "look_alike", "similar_sound"
MISSING, SPELLING, DIFFERENT = "missing", "spelling", "different"
RELATED = (SAME, WRITTEN, SWAPPED, SOUND, LOOK, SIMILAR, MISSING, SPELLING)


@dataclass(frozen=True)
class Likeness:
    """How two names are related, the strongest relation that holds for the whole of both.

    `kind` is same; written (equal but for dots, spaces, compatibility forms); swapped (the same parts in another
    order); same_sound; look_alike; similar_sound; missing (one has a character more); spelling; different.
    `places` are the characters that differ: `{at, one, other, how}`, counted from 1.
    """

    kind: str
    places: tuple[dict[str, Any], ...] = field(default=())

    @property
    def related(self) -> bool:
        return self.kind in RELATED


def compare(one: str, other: str) -> Likeness:
    """Return how two names as entered are related."""
    if one == other:
        return Likeness(SAME)
    first, second = fold_name(one), fold_name(other)
    if first == second:
        return Likeness(WRITTEN)
    if swapped(one, other):
        return Likeness(SWAPPED)
    if len(first) == len(second):
        alike = _by_character(first, second)
        if alike.kind != DIFFERENT:
            return alike
    elif _is_shortened(first, second):
        return Likeness(MISSING)
    elif _sounds(first) & _sounds(second):
        return Likeness(SOUND)
    longest = max(len(first), len(second))
    if longest >= LONG_NAME and Levenshtein.normalized_similarity(first, second) >= SPELLING_SHARE:
        return Likeness(SPELLING)
    return Likeness(DIFFERENT)


def sound_keys(name: str) -> frozenset[int]:
    """Return the numbers under which a name is found by its sound; names that are often mixed up share one."""
    return frozenset(_number(sound) for sound in _sounds(fold_name(name)))


def variants(name_key: str) -> list[str]:
    """Return the folded names that this one may be a slip of: itself, its parts in another order, look-alikes."""
    found = dict.fromkeys([name_key, *_orders(name_key), *_look_alike_names(name_key)])
    return list(islice(found, MOST_VARIANTS))


def swapped(one: str, other: str) -> bool:
    """Tell whether both have the same parts in another order: 甲·乙 and 乙·甲, 王子豪 and 子豪王."""
    parts, others = _parts(one), _parts(other)
    if len(parts) > 1 or len(others) > 1:
        return parts != others and sorted(parts) == sorted(others)
    return len(parts[0]) <= LONGEST_PERMUTED and _is_hanzi(parts[0]) and sorted(parts[0]) == sorted(others[0])


def related_characters(one: str, other: str) -> str:
    """Return how two characters are mixed up: same_sound, look_alike, similar_sound, or different."""
    mine, others = readings(one), readings(other)
    if set(mine) & set(others):
        return SOUND
    if other in look_alikes().get(one, ""):
        return LOOK
    return SIMILAR if {alike(word) for word in mine} & {alike(word) for word in others} else DIFFERENT


@lru_cache(maxsize=8192)
def readings(char: str) -> tuple[str, ...]:
    """Return the toneless readings of a character, the commonest first; a sign without any reads as itself."""
    found = pinyin(char, style=Style.NORMAL, heteronym=True)
    return tuple(dict.fromkeys(found[0][:MOST_READINGS])) if found else (char,)


@lru_cache(maxsize=2048)
def alike(syllable: str) -> str:
    """Return the syllable with what many speakers do not tell apart made equal: zh/z, n/l, eng/en …"""
    for heard, plain in (("zh", "z"), ("ch", "c"), ("sh", "s")):
        if syllable.startswith(heard):
            syllable = plain + syllable[2:]
    if syllable.startswith("n") and len(syllable) > 1:
        syllable = "l" + syllable[1:]
    for heard in ("ang", "eng", "ing"):
        if syllable.endswith(heard):
            syllable = syllable[:-1]
    return syllable


@cache
def look_alikes() -> dict[str, str]:
    """Return {character: its look-alikes}; see tests/make_look_alikes.py for how the table came about."""
    lines = (DATA / "look_alikes.txt").read_text("utf-8").splitlines()
    return {line[0]: line[2:] for line in lines if not line.startswith("#")}


@cache
def surnames() -> dict[str, tuple[str, ...]]:
    """Return {surname: its readings as a surname}, where the common reading would mislead."""
    lines = (DATA / "surnames.txt").read_text("utf-8").splitlines()
    split = (line.split() for line in lines if not line.startswith("#"))
    return {words[0]: tuple(words[1:]) for words in split}


def _by_character(one: str, other: str) -> Likeness:
    """Compare names of one length place by place; one stranger among the characters makes them different."""
    places = tuple(
        {"at": number, "one": mine, "other": others, "how": _how(one, other, number - 1)}
        for number, (mine, others) in enumerate(zip(one, other, strict=True), 1)
        if mine != others
    )
    ways = {place["how"] for place in places}
    if DIFFERENT in ways:
        return Likeness(DIFFERENT, places)
    kind = SOUND if ways == {SOUND} else LOOK if ways <= {SOUND, LOOK} else SIMILAR
    return Likeness(kind, places)


def _how(one: str, other: str, place: int) -> str:
    """Compare the characters at a place; the first one is also read as a surname."""
    if place == 0 and set(_syllables(one)[0]) & set(_syllables(other)[0]):
        return SOUND
    return related_characters(one[place], other[place])


def _is_shortened(one: str, other: str) -> bool:
    short, long = sorted((one, other), key=len)
    return len(long) == len(short) + 1 and len(short) > 1 and Levenshtein.distance(short, long) == 1


@lru_cache(maxsize=4096)
def _sounds(name_key: str) -> frozenset[str]:
    choices = [tuple(dict.fromkeys(alike(word) for word in words)) for words in _syllables(name_key)]
    return frozenset("".join(words) for words in islice(product(*choices), MOST_KEYS))


@lru_cache(maxsize=4096)
def _syllables(name_key: str) -> tuple[tuple[str, ...], ...]:
    """Return the readings at each place of a name; a surname has its own, a double one is read as one word."""
    plain = "".join(_parts(name_key))
    known = surnames()
    if len(plain) > 2 and plain[:2] in known:
        return (known[plain[:2]], *(readings(char) for char in plain[2:]))
    usual = tuple(readings(char) for char in plain)
    if len(plain) > 1 and plain[0] in known:
        return (tuple(dict.fromkeys((*known[plain[0]], *usual[0])))[: MOST_READINGS + 1], *usual[1:])
    return usual


def _parts(name: str) -> list[str]:
    """Return the parts between separators, folded; a name without separators is one part."""
    spaced = "".join(" " if fold_name(sign) == "\u00b7" else sign for sign in name)
    return [fold_name(part) for part in spaced.replace("-", " ").split()] or [""]


def _orders(name_key: str) -> Iterator[str]:
    parts = name_key.split("\u00b7")
    if len(parts) > 1:
        yield from ("\u00b7".join(order) for order in permutations(parts[:LONGEST_PERMUTED]))
    elif 1 < len(name_key) <= LONGEST_PERMUTED and _is_hanzi(name_key):
        yield from ("".join(order) for order in permutations(name_key))


def _look_alike_names(name_key: str) -> Iterator[str]:
    for place, char in enumerate(name_key):
        for other in look_alikes().get(char, ""):
            yield name_key[:place] + other + name_key[place + 1 :]


def _is_hanzi(text: str) -> bool:
    return all(ord(char) >= 0x3400 for char in text)


def _number(sound: str) -> int:
    return int.from_bytes(blake2b(sound.encode(), digest_size=8).digest(), "big", signed=True)
