"""A warning that was given when a request was sent is still told to those who decide on it."""

import datetime as dt

from sqlalchemy.orm import Session

from models.policies import Policy
from models.session import transact
from tests.cast import MONDAY, Cast
from tests.web.door import Door
from workflow.world import touch

CROWDED = {
    "primary": {"warn": 0, "block": 56},
    "junior": {"warn": 50, "block": 56},
    "senior": {"warn": 50, "block": 56},
}


def crowd(door: Door, cast: Cast) -> None:
    """Let every class of the county count as fuller than it should be."""

    def work(session: Session) -> None:
        session.add(
            Policy(
                key="class.size", org_id=cast.org["k1"], value={"value": CROWDED}, valid_from=dt.date(2025, 1, 1),
                source="试验规定", created_by=cast.person["k1:dept_leader"], created_at=MONDAY,
            )
        )  # fmt: skip
        touch(session, "policy")

    transact(door.house.engine, work)


def test_the_full_class_is_told_when_sending_and_when_deciding(door: Door, cast: Cast) -> None:
    crowd(door, cast)
    sent = door.api("a1:school_clerk").post("/transfers", door.request("a1", "沈明铭")).get_json()
    assert [warning["guard"] for warning in sent["warnings"]] == ["T7"]
    seen = door.api("a1:school_leader").get(f"/cases/{sent['no']}").get_json()
    assert [warning["guard"] for warning in seen["warnings"]] == ["T7"]


def test_the_case_page_tells_the_warning_beside_the_decision(door: Door, cast: Cast) -> None:
    crowd(door, cast)
    sent = door.api("a1:school_clerk").post("/transfers", door.request("a1", "沈明铭")).get_json()
    page = door.browser("a1:school_leader").get(f"/cases/{sent['no']}").get_data(as_text=True)
    assert "超过标准班额" in page
