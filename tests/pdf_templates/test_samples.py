"""The samples are the authority on what a paper needs: they and the typed facts say the same."""

import json
from importlib.resources import files
from types import NoneType, UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from web.papers.facts import PAPERS
from web.papers.glyphs import coverage, undrawable


def faults(value: Any, kind: Any, field: str) -> list[str]:
    """Where `value` is not of the type that the facts declare."""
    if is_typeddict(kind):
        hints = get_type_hints(kind)
        if not isinstance(value, dict):
            return [field]
        if set(value) != set(hints):
            return [f"{field}: {sorted(set(value) ^ set(hints))}"]
        return [fault for name, hint in hints.items() for fault in faults(value[name], hint, f"{field}.{name}")]
    if get_origin(kind) is list:
        return [fault for item in value for fault in faults(item, get_args(kind)[0], field)]
    if get_origin(kind) is Literal:
        return [] if value in get_args(kind) else [field]
    if get_origin(kind) is UnionType:
        return [] if any(not faults(value, option, field) for option in get_args(kind)) else [field]
    return [] if isinstance(value, NoneType if kind is None else kind) else [field]


@pytest.mark.parametrize("template", PAPERS)
def test_every_sample_has_exactly_the_declared_facts(template: str) -> None:
    sample = json.loads((files("pdf_templates") / "samples" / f"{template}.json").read_text("utf-8"))
    assert faults(sample, PAPERS[template], template) == []


@pytest.mark.parametrize("template", PAPERS)
def test_every_paper_has_a_template(template: str) -> None:
    assert (files("pdf_templates") / f"{template}.html").is_file()


def test_the_font_has_the_common_characters_and_the_rare_ones_of_names() -> None:
    common = "".join(chr(point) for point in range(0x4E00, 0x9FA6))
    assert undrawable(common + "𠮷䶮㛃𬱖" + "·—…“”《》〔〕（）、。，：；！？％／□■①⑨") == []
    assert len(coverage()) > 30_000


def test_private_signs_of_the_font_do_not_count_as_characters() -> None:
    assert not any(0xE000 <= point <= 0xF8FF for point in coverage())
