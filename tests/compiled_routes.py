"""Addresses compiled once in each process: every test has its own application, with some two hundred rules."""

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

_Builder = Callable[..., tuple[str, str]]
_compile = Rule._compile_builder
_kept: dict[tuple[Any, ...], _Builder] = {}


def use() -> None:
    """Let every rule made from now on, in this process, share the code that builds its address."""
    Rule._compile_builder = _shared  # type: ignore[assignment]


def _shared(rule: Rule, append_unknown: bool = True) -> _Builder:
    """Return what builds the address of a rule: it depends on text and defaults, and is told the rule when called."""
    key = (*rule._trace, rule.rule, repr(rule.defaults), append_unknown)
    if key not in _kept:
        _kept[key] = _compile(rule, append_unknown)
    return _kept[key]
