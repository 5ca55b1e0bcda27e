"""Pages of problem records ask few questions, however many records stand side by side."""

import pytest

from tests.cast import Cast
from tests.dispute import Dispute, ask_for_undoing
from tests.journeys.hands import Visitor
from tests.statements import counted
from tests.web.door import Door
from tests.web.test_pages import PAGE_LIMIT

SCHOOLS = ("a1", "a2", "b1", "d1", "e1")
TABS = ("", "?tab=rulings", "?tab=history", "?shelf=all", "?preset=2", "?only=diff")
LISTS = ("", "?shelf=late", "?shelf=pairs", "?shelf=ended", "?shelf=judged")


@pytest.fixture
def dispute(door: Door, cast: Cast) -> Dispute:
    """Five records in five schools, the deciding office in the province."""
    return Dispute(door.house.engine, cast).about(*((school, f"王小{school}") for school in SCHOOLS))


def too_many(door: Door, who: str, *urls: str) -> list[str]:
    """Return the pages that ask more than they may, with what they ask."""
    browser, found = door.browser(who), []
    for url in urls:
        browser.get(url)
        with counted(door.house.engine) as statements:
            answer = browser.get(url)
        assert answer.status_code == 200, url
        reads = [one for one in statements if one.lstrip().upper().startswith(("SELECT", "WITH"))]
        if len(reads) > PAGE_LIMIT:
            found.append(f"{who} {url}: {len(reads)}\n" + "\n".join(" ".join(one.split())[:3000] for one in reads))
    return found


def test_the_place_in_the_list_is_kept_from_case_to_case(door: Door, cast: Cast) -> None:
    cases = []
    for place in range(3):
        dispute = Dispute(door.house.engine, cast)
        dispute.sequence += place * 10
        cases.append(dispute.about(("a1", f"王小{place}"), ("a2", f"王晓{place}")))
    visitor = Visitor(door, "k1:arbitrator")
    first, middle, last = (dispute.no for dispute in cases)
    page = visitor.open(f"/problems/{middle}?shelf=all&kind=id_exact")
    around = [link for link in page.links if link.startswith("/problems/WT") and middle not in link]
    assert {link.partition("?")[0].rpartition("/")[2] for link in around} == {first, last}
    assert all("kind=id_exact" in link for link in around)
    for end in (first, last):
        links = visitor.open(f"/problems/{end}?shelf=all").links
        beside = {link.partition("?")[0].rpartition("/")[2] for link in links if link.startswith("/problems/WT")}
        assert beside - {end} <= {middle}


def test_the_place_in_the_queue_is_kept_from_pair_to_pair(door: Door, cast: Cast) -> None:
    pairs = []
    for place in range(2):
        dispute = Dispute(door.house.engine, cast)
        dispute.sequence += place * 10
        pairs.append(dispute.near(("a1", f"张伟{place}"), ("a2", f"张玮{place}")))
    visitor = Visitor(door, "k1:arbitrator")
    page = visitor.open(f"/problems/pairs/{pairs[0]}?shelf=pairs")
    assert any(pairs[1] in link for link in page.links)
    assert visitor.send("/distinct").address == f"/problems/pairs/{pairs[1]}"
    assert visitor.send("/distinct").address == "/problems/"
    assert "不是同一人" in visitor.open(f"/problems/pairs/{pairs[0]}").words


def test_pages_of_five_records_ask_at_most_eight_questions(door: Door, dispute: Dispute) -> None:
    page = f"/problems/{dispute.no}"
    wrong = too_many(door, "a1:school_clerk", page, "/problems/")
    dispute.all_claim()
    for who in ("prov:arbitrator", "k1:dept_clerk", "a1:school_clerk"):
        wrong += too_many(door, who, *(page + tab for tab in TABS))
    for who in ("prov:arbitrator", "a1:school_clerk"):
        wrong += too_many(door, who, *(f"/problems/{shelf}" for shelf in LISTS))
    dispute.draft("prov", {"verdict": "keep"}, *({"verdict": "merge", "into": 1} for _ in SCHOOLS[1:]))
    wrong += too_many(door, "prov:dept_leader", page)
    dispute.confirm("prov")
    wrong += too_many(door, "prov:arbitrator", page, f"{page}?tab=rulings")
    wrong += too_many(door, "a2:school_clerk", page, f"{page}?tab=rulings")
    undoing = ask_for_undoing(dispute, "prov:arbitrator")
    wrong += too_many(door, "prov:dept_leader", f"/problems/{undoing.no}")
    assert wrong == [], "\n\n".join(wrong)
