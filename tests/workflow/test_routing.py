"""Who signs, in what order: every shape of route, from offices alone. The area code never counts."""

import datetime as dt
from typing import Any

import pytest

from models.base import new_public_id
from workflow.routing import Side, department_of, key_of, lowest_common, route
from workflow.world import Office, PolicyRow, World

DAY = dt.date(2025, 9, 1)
TREE = {
    "prov": ("province", None), "city1": ("city", "prov"), "k1": ("county", "city1"), "k2": ("county", "city1"),
    "city2": ("city", "prov"), "k3": ("county", "city2"), "division": ("city", "prov"),
    "a1": ("school", "k1"), "a2": ("school", "k1"), "b1": ("school", "k2"), "c1": ("school", "city1"),
    "d1": ("school", "k3"), "e1": ("school", "division"), "e2": ("school", "division"),
}  # fmt: skip


def world(policies: dict[str, Any] | None = None, **changes: dict[str, Any]) -> World:
    """The tree above; `changes` alter single offices, `policies` hold in the whole nation."""
    number = {short: place for place, short in enumerate(TREE, 1)}
    offices: dict[int, Office] = {}
    for short, (level, parent) in TREE.items():
        above = offices[number[parent]] if parent else None
        facts: dict[str, Any] = {
            "id": number[short], "public_id": new_public_id(), "code": short, "name": short, "short_name": short,
            "level": level, "kind": "", "parent_id": above.id if above else None,
            "dept_id": above.id if above and level == "school" else None,
            "path": (*(above.path if above else ()), number[short]), "area_code": "990101", "grades": (),
            "demonstration": False, "phone": "", "closed_on": None, "merged_into_id": None,
        }  # fmt: skip
        given = {key: number[value] if key in REFERENCES else value for key, value in changes.get(short, {}).items()}
        offices[number[short]] = Office(**{**facts, **given})
    rows = {
        key: [PolicyRow(key, None, None, {"value": value}, dt.date(2020, 1, 1), None, "")]
        for key, value in (policies or {}).items()
    }
    return World(1, offices, rows, {})


REFERENCES = ("dept_id", "parent_id", "merged_into_id")


def stops(here: World, receiving: str | None, releasing: str | None, stage: str | None = "primary") -> list[str]:
    sides = [Side(here.by_code[short] if short else None) for short in (receiving, releasing)]
    found = route(here, *sides, stage, DAY)
    names = {office.id: office.code for office in here.offices.values()}
    return [f"{stop['phase']}@{names.get(stop['org'], '-')}" for stop in found]


def test_one_department_signs_once_and_last() -> None:
    assert stops(world(), "a1", "a2") == ["receiving_school@a1", "releasing_school@a2", "common_department@k1"]


@pytest.mark.parametrize(
    ("receiving", "releasing", "departments"),
    [("a1", "b1", ("k1", "k2")), ("a1", "d1", ("k1", "k3")), ("c1", "a1", ("city1", "k1")),
     ("a1", "c1", ("k1", "city1")),
     ("e1", "d1", ("division", "k3"))],
)  # fmt: skip
def test_two_departments_sign_after_their_schools(receiving: str, releasing: str, departments: tuple[str, str]) -> None:
    assert stops(world(), receiving, releasing) == [
        f"receiving_school@{receiving}", f"receiving_department@{departments[0]}",
        f"releasing_school@{releasing}", f"releasing_department@{departments[1]}",
    ]  # fmt: skip


def test_a_division_without_counties_is_a_department_like_any_other() -> None:
    assert stops(world(), "e1", "e2")[-1] == "common_department@division"


def test_the_supervising_office_counts_and_not_where_the_school_lies() -> None:
    lies_in_k1 = world(c1={"parent_id": "k1", "path": (1, 2, 3, 11)})
    assert department_of(lies_in_k1, lies_in_k1.by_code["c1"]).code == "city1"
    assert stops(lies_in_k1, "c1", "a1")[1] == "receiving_department@city1"
    without = world(a1={"dept_id": "a1"})
    object.__setattr__(without.by_code["a1"], "dept_id", None)
    assert department_of(without, without.by_code["a1"]).code == "k1", "its parent, for want of another"


def test_extra_levels_add_the_city_of_each_side_unless_it_is_the_department() -> None:
    here = world({"transfer.extra_levels": ["city"]})
    assert stops(here, "a1", "d1") == [
        "receiving_school@a1", "receiving_department@k1", "receiving_department@city1",
        "releasing_school@d1", "releasing_department@k3", "releasing_department@city2",
    ]  # fmt: skip
    assert stops(here, "c1", "d1")[:3] == ["receiving_school@c1", "receiving_department@city1", "releasing_school@d1"]
    assert stops(here, "e1", "d1")[:2] == ["receiving_school@e1", "receiving_department@division"]


def test_extra_levels_hold_for_their_stage_only() -> None:
    here = world({"transfer.extra_levels": ["city"]})
    row = here.policies["transfer.extra_levels"][0]
    object.__setattr__(row, "stage", "senior")
    assert "receiving_department@city1" not in stops(here, "a1", "d1", "primary")
    assert "receiving_department@city1" in stops(here, "a1", "d1", "senior")


def test_clerks_sign_first_where_policy_says_so_but_the_applicants_clerk_has_signed_by_sending() -> None:
    roles = {"school": ["school_clerk", "school_leader"], "department": ["dept_clerk", "dept_leader"]}
    here = world({"node.steps": roles})
    found = route(here, Side(here.by_code["a1"]), Side(here.by_code["b1"]), "primary", DAY)
    assert [(stop["phase"].split("_")[0], stop["role"]) for stop in found] == [
        ("receiving", "school_leader"), ("receiving", "dept_clerk"), ("receiving", "dept_leader"),
        ("releasing", "school_clerk"), ("releasing", "school_leader"), ("releasing", "dept_clerk"),
        ("releasing", "dept_leader"),
    ]  # fmt: skip
    assert len({key_of(stop) for stop in found}) == len(found)


def test_a_pupil_from_another_province_passes_milestones_that_our_school_enters() -> None:
    here = world()
    found = route(here, Side(here.by_code["a1"]), Side(None, {"province": "海西省"}), "primary", DAY)
    assert [(stop["phase"], stop.get("milestone")) for stop in found] == [
        ("receiving_school", None), ("receiving_department", None), ("releasing_school", "relay_check"),
        ("releasing_school", "school_opinion"), ("releasing_department", "dept_opinion"),
    ]  # fmt: skip
    assert {stop["entered_by"] for stop in found if stop.get("milestone")} == {here.by_code["a1"].id}


def test_of_a_pupil_who_leaves_the_province_only_our_side_is_asked() -> None:
    assert stops(world(), None, "a1") == ["releasing_school@a1", "releasing_department@k1"]


@pytest.mark.parametrize(
    ("offices", "common"),
    [(["k1", "k1"], "k1"), (["k1", "k2"], "city1"), (["k1", "city1"], "city1"), (["k1", "k3"], "prov"),
     (["k1", "division"], "prov"), (["k1", "k2", "k3"], "prov"), (["division"], "division")],
)  # fmt: skip
def test_the_lowest_common_authority_is_the_last_equal_element_of_all_paths(offices: list[str], common: str) -> None:
    here = world()
    found = lowest_common(here, [here.by_code[code] for code in offices])
    assert found is not None
    assert found.code == common


def test_nothing_is_common_to_offices_of_two_trees() -> None:
    here = world(city2={"path": (99, 5)})
    assert lowest_common(here, [here.by_code["k1"], here.by_code["city2"]]) is None


def test_a_merged_department_is_followed_to_its_successor() -> None:
    here = world(k1={"merged_into_id": "k2", "closed_on": dt.date(2025, 8, 1)})
    assert stops(here, "a1", "b1") == ["receiving_school@a1", "releasing_school@b1", "common_department@k2"]
    round_about = world(k1={"merged_into_id": "k2"}, k2={"merged_into_id": "k1"})
    assert department_of(round_about, round_about.by_code["a1"]).code in ("k1", "k2"), "a circle ends"
