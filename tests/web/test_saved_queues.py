"""常用筛选: an officer keeps what the inbox is limited to, by a name and an address of his own."""

import re

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from models.saved_queues import SavedQueue
from tests.statements import counted
from tests.web.door import Door
from tests.web.test_narrowing import LEADER, requests, shown
from tests.web.test_pages import PAGE_LIMIT, token_of
from web import inbox
from workflow import saved_queues

CHIP = re.compile(r'<a href="/inbox(?:\?queue=(\w+))?"( class="is-active")?[^>]*><span class="name">([^<]+)</span>'
                  r'(?: <span class="tab-count">([^<]+)</span>)?')  # fmt: skip


class Desk:
    """A leader's browser with three requests before him."""

    def __init__(self, door: Door, who: str = LEADER) -> None:
        self.door, self.browser = door, door.browser(who)

    def send(self, path: str, **form: str) -> TestResponse:
        token = token_of(self.browser.get("/inbox?due=later").get_data(as_text=True))
        return self.browser.post(path, data={"csrf_token": token, **form})

    def keep(self, name: str, **limits: str) -> TestResponse:
        return self.send("/inbox/queues", name=name, **limits)

    def page(self, path: str = "/inbox") -> str:
        answer = self.browser.get(path)
        assert answer.status_code == 200, path
        return answer.get_data(as_text=True)

    def chips(self, path: str = "/inbox") -> list[tuple[str, bool, str]]:
        """Return name, whether it is shown now, and number of every filter above the list."""
        return [(name, bool(active), count) for _, active, name, count in CHIP.findall(self.page(path))]


@pytest.fixture
def desk(door: Door) -> Desk:
    return Desk(door)


def test_a_filter_is_kept_counted_opened_renamed_and_forgotten(desk: Desk) -> None:
    numbers = requests(desk.door)
    assert desk.chips() == []
    kept = desk.keep("  新苗  的转学 ", process="transfer", school="2199000002")
    assert kept.status_code == 303
    desk.keep("已经晚了", due="late")
    assert desk.chips() == [("全部", True, ""), ("新苗 的转学", False, "2"), ("已经晚了", False, "")]
    assert shown(desk.page(kept.location)) == numbers[:2]
    assert desk.chips(kept.location)[:2] == [("全部", False, ""), ("新苗 的转学", True, "2")]
    assert "只看：转学 · 涉及栖云区新苗小学" in desk.page(kept.location)
    public_id = kept.location.partition("=")[2]
    named = desk.send(f"/inbox/queues/{public_id}", name="新苗")
    assert named.location == kept.location
    assert desk.chips()[1] == ("新苗", False, "2")
    desk.browser.get(kept.location)
    with counted(desk.door.house.engine) as statements:
        desk.browser.get(kept.location)
    assert len([one for one in statements if one.startswith("SELECT")]) <= PAGE_LIMIT
    caller = desk.door.api(LEADER)
    assert [line["no"] for line in caller.get(f"/inbox?queue={public_id}").json["items"]] == numbers[:2]
    for more in ("&due=late", "&tab=done", "&tab=copied"):
        assert caller.get(f"/inbox?queue={public_id}{more}").status_code == 422
    assert desk.send(f"/inbox/queues/{public_id}/delete").status_code == 303
    assert [name for name, *_ in desk.chips()] == ["全部", "已经晚了"]
    assert desk.browser.get(kept.location).status_code == 404


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_kept_filter_goes_on_from_page_to_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = requests(desk.door)
    kept = desk.keep("转学", process="transfer")
    monkeypatch.setattr(inbox, "PAGE", 2)
    following = re.search(r'href="([^"]+)" rel="next"', desk.page(kept.location))
    assert following
    assert shown(desk.page(following[1].replace("&amp;", "&"))) == numbers[2:]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_name_that_cannot_be_taken_is_told_at_its_field_and_nothing_is_kept(desk: Desk) -> None:
    desk.keep("晚了", due="late")
    public_id = desk.keep("今天", due="today").location.partition("=")[2]
    for name, message in (("", "请写一个名称"), ("晚了", "已有同名的常用筛选"), ("长" * 21, "最多 20 字"),
                          ("零宽\u202e", "不能使用")):  # fmt: skip
        for path, limits in (("/inbox/queues", {"process": "transfer"}), (f"/inbox/queues/{public_id}", {})):
            answer = desk.send(path, name=name, **limits)
            page = answer.get_data(as_text=True)
            assert answer.status_code == 422
            assert message in page
            assert f'value="{name or ("今天" if not limits else "")}"' in page
    assert "请先选好筛选条件" in desk.keep("空的").get_data(as_text=True)
    assert desk.door.ask(select(SavedQueue.name).order_by(SavedQueue.id)) == ["晚了", "今天"]
    for number in range(saved_queues.MOST - 2):
        assert desk.keep(f"第 {number} 个", due="late").status_code == 303
    assert "最多保存 12 个" in desk.keep("再来一个", due="late").get_data(as_text=True)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_nobody_opens_renames_or_forgets_what_another_keeps(desk: Desk) -> None:
    kept = desk.keep("本校", school="2199000001")
    stranger, public_id = Desk(desk.door, "a2:school_leader"), kept.location.partition("=")[2]
    assert stranger.browser.get(kept.location).status_code == 404
    assert desk.door.api("a2:school_leader").get(f"/inbox?queue={public_id}").status_code == 404
    for path in (f"/inbox/queues/{public_id}", f"/inbox/queues/{public_id}/delete"):
        assert stranger.send(path, name="我的").status_code == 404
    assert stranger.keep("本校", due="late").status_code == 303, "names are each one's own"
    assert desk.chips() == [("全部", True, ""), ("本校", False, "")]
    assert desk.door.ask(select(SavedQueue.name)) == ["本校", "本校"]
