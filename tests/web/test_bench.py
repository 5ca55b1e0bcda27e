"""The benches run, small, and say what they measured; no test asserts a time."""

import json

import pytest
from click.testing import CliRunner

from web.cli import main


@pytest.mark.parametrize(
    ("name", "size", "limit", "contenders"),
    [
        ("decision", ["--steps", "4"], "limit", {"limit", "engine"}),
        ("statistics", ["--rows", "1000", "--requests", "1"], "bare aggregate",
         {"bare aggregate", "figures", "list behind", "drawn page"}),
        ("inbox", ["--rows", "200", "--requests", "2"], "bare query",
         {"bare query", "first page", "page 500", "limited page", "rare school", "counters", "drawn page"}),
    ],
)  # fmt: skip
def test_a_bench_prints_medians_and_ratios(name: str, size: list[str], limit: str, contenders: set[str]) -> None:
    answer = CliRunner().invoke(main, ["bench", name, "--json", "--rounds", "1", "--database", "sqlite", *size])
    assert answer.exit_code == 0, answer.output
    measured = json.loads(answer.stdout)["sqlite"]
    assert set(measured) == ({"1", "2", "32"} if name == "decision" else {size[1]})
    for run in measured.values():
        assert set(run) == contenders
        assert all(one["median"] > 0 and len(one["spread"]) == 2 for one in run.values())
        assert all(("of_limit" in one) == (contender != limit) for contender, one in run.items())


def test_the_bench_of_duplicates_compares_each_with_its_own_limit() -> None:
    size = ["--rows", "1000", "--rows", "2000", "--requests", "2", "--batch", "20"]
    answer = CliRunner().invoke(main, ["bench", "duplicates", "--json", "--rounds", "1", "--database", "sqlite", *size])
    assert answer.exit_code == 0, answer.output
    measured = json.loads(answer.stdout)["sqlite"]
    assert set(measured) == {"1000", "2000"}
    for run in measured.values():
        limits = {name for name, one in run.items() if "of_limit" not in one}
        assert (limits, len(run)) == ({"two probes", "group by", "bare insert"}, 8)
