"""What the pages about rulings show: drafting one, its preview, reading it, taking it back."""

from __future__ import annotations

from dataclasses import dataclass

from web.pages.problem_parts import Chip, Task, Tone
from web.views import ActionPanel, BallLine, Fact, Field, FieldError, Form, Option, Seal, Tab, TimelineEntry


@dataclass(frozen=True)
class Choice:
    """Which record's value of one field survives a merge."""

    name: str
    label: str
    options: tuple[Option, ...]
    value: str


@dataclass(frozen=True)
class VerdictCard:
    """What is to become of one record; the parts for a merge and for a correction show when they are chosen."""

    no: int
    word: str
    child: str
    school: str
    options: tuple[Option, ...]
    chosen: str = ""
    into: tuple[Option, ...] = ()
    into_chosen: str = ""
    choices: tuple[Choice, ...] = ()
    corrected: tuple[Field, ...] = ()
    error: str = ""


@dataclass(frozen=True)
class Preset:
    """A common outcome that fills in all cards; `key` is the digit that picks it."""

    key: str
    word: str
    hint: str
    url: str


@dataclass(frozen=True)
class RulingForm:
    """The form of a draft. It goes to the preview first; nothing is sent from here."""

    cards: tuple[VerdictCard, ...]
    reasons: Field
    words: Field
    revision: int
    key: str
    preview_url: str
    presets: tuple[Preset, ...] = ()
    errors: tuple[FieldError, ...] = ()
    on_date: Field | None = None
    heading: str = "拟定裁定"


@dataclass(frozen=True)
class ForeseenRecord:
    """What the draft makes of one record: sentences, and fields before and after."""

    word: str
    child: str
    school: str
    verdict: str
    sentence: str
    tone: Tone = ""
    changes: tuple[tuple[str, str, str], ...] = ()
    """(field, before, after)"""
    moves: tuple[str, ...] = ()


@dataclass(frozen=True)
class PreviewPage:
    """problems/preview.html: exactly what will change; `fields` (hidden ones) carry everything typed along."""

    no: str
    title: str
    records: tuple[ForeseenRecord, ...]
    reasons: tuple[str, ...]
    words: str
    fields: tuple[Field, ...]
    send_url: str
    edit_url: str
    key: str
    revision: int
    next_holder: str
    warnings: tuple[str, ...] = ()
    before: str = "现在"
    """What the values are called from which the changes start."""
    send_word: str = "提交复核"


@dataclass(frozen=True)
class RulingView:
    """One ruling as it is read: verdicts of the records the viewer may see, why, who, and since when."""

    title: str
    state: Chip
    verdicts: tuple[tuple[str, str, str], ...]
    """(which record, verdict, what follows)"""
    reasons: tuple[str, ...]
    words: str
    facts: tuple[Fact, ...]
    seals: tuple[Seal, ...] = ()
    until: str = ""
    undo: Form | None = None
    undo_url: str = ""
    undo_why_not: str = ""
    undo_links: tuple[Tab, ...] = ()


@dataclass(frozen=True)
class RulingsPage:
    """problems/rulings.html: every ruling of the case, the latest first."""

    no: str
    kind: str
    title: str
    state: str
    tabs: tuple[Tab, ...]
    rulings: tuple[RulingView, ...]
    ball: BallLine | None = None
    tasks: tuple[Task, ...] = ()
    empty: str = ""


@dataclass(frozen=True)
class UndoPage:
    """problems/undo.html: the case that takes a ruling (or a deletion) back, with everything that would be put back."""

    no: str
    title: str
    state: str
    ball: BallLine
    facts: tuple[Fact, ...]
    reason: str
    records: tuple[ForeseenRecord, ...]
    conflicts: tuple[str, ...]
    problem: tuple[str, str]
    """(number, address) of the problem case."""
    panel: ActionPanel
    timeline: tuple[TimelineEntry, ...] = ()
    done: bool = False
    word: str = "裁定"
    """What is taken back."""
