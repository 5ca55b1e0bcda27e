"""The page of a process: the picture and the words come from the definition."""

import pytest

from tests.web.door import Door
from workflow import processes


@pytest.mark.parametrize("process", processes.PUBLISHED, ids=lambda process: process.key)
def test_the_page_names_every_phase_and_every_answer(door: Door, process: type[processes.Process]) -> None:
    answer = door.browser("a1:school_clerk").get(f"/processes/{process.key}")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "<svg" in page
    for phase in process.declared.values():
        assert phase.title in page
    for action in process.actions.values():
        assert action.title in page
    assert process.digest()[:12] in page


def test_terms_stand_with_their_source(door: Door) -> None:
    page = door.browser("a1:school_clerk").get("/processes").get_data(as_text=True)
    assert "10 个工作日" in page
    assert "第十五条" in page
    assert "1 个月" in door.browser("a1:school_clerk").get("/processes/paper_file").get_data(as_text=True)


def test_what_does_not_exist_is_not_found_and_strangers_are_asked_to_sign_in(door: Door) -> None:
    assert door.browser("a1:school_clerk").get("/processes/nothing").status_code == 404
    assert door.app.test_client().get("/processes").status_code == 303
