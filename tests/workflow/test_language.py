"""A definition that cannot run is refused when it is written; what a version means has one digest."""

from collections.abc import Callable

import pytest

from workflow.language import Action, BadProcess, Chosen, End, Phase, Place, Process, Role, applicant, stay
from workflow.processes import PUBLISHED, newest, of

clerk = Role("school_clerk") @ Place("here", lambda step: 1)


def no_phases() -> None:
    class Empty(Process, key="empty", version=1, title="", prefix=""):
        pass


def unreachable() -> None:
    class Island(Process, key="island", version=1, title="", prefix=""):
        start = Phase("一")
        lonely = Phase("二")
        end = End("三")
        go = Action("走", (start, lonely) >> end, by=applicant)


def a_dead_end() -> None:
    class Dead(Process, key="dead", version=1, title="", prefix=""):
        start = Phase("一")
        stuck = Phase("二")
        go = Action("走", start >> stuck, by=applicant)


def an_end_that_is_left() -> None:
    class Leaving(Process, key="leaving", version=1, title="", prefix=""):
        start = Phase("一")
        end = End("二")
        go = Action("走", start >> end, by=applicant)
        back = Action("回", (end,) >> start, by=applicant)


def a_phase_that_only_stays() -> None:
    class Staying(Process, key="staying", version=1, title="", prefix=""):
        start = Phase("一")
        end = End("二")
        go = Action("走", start >> end, by=applicant)
        wait = Phase("三")
        enter = Action("进", start >> wait, by=applicant)
        note = Action("记", (wait,) >> stay, by=applicant)


@pytest.mark.parametrize(
    ("definition", "why"),
    [
        (no_phases, "no phases"),
        (unreachable, "nothing leads to lonely"),
        (a_dead_end, "stuck cannot be left"),
        (an_end_that_is_left, "back leaves the end end"),
        (a_phase_that_only_stays, "wait cannot be left"),
    ],
)
def test_a_definition_that_cannot_run_is_refused_at_once(definition: Callable[[], None], why: str) -> None:
    with pytest.raises(BadProcess, match=why):
        definition()


def test_an_action_must_say_who_takes_it() -> None:
    with pytest.raises(TypeError):
        Action("走", Phase("一") >> End("二"))  # type: ignore[call-arg]


def build(title: str = "问", by: str = applicant, version: int = 1) -> type[Process]:
    class Sample(Process, key="sample", version=version, title="样", prefix="YP"):
        asked = Phase(title, asks=clerk)
        good = End("成", good=True)
        bad = End("败")
        answer_ = Action("答", (asked,) >> Chosen(lambda step: "good", good, bad), by=by)

    return Sample


def test_names_come_from_the_class_body_and_the_first_phase_is_the_initial_one() -> None:
    sample = build()
    assert list(sample.declared) == ["asked", "good", "bad"]
    assert list(sample.actions) == ["answer"], "a trailing underscore keeps a Python word free"
    assert sample.initial() == "asked"
    assert [phase.name for phase in sample.declared.values() if phase.final] == ["good", "bad"]


def test_the_digest_follows_the_meaning_and_not_the_words() -> None:
    assert build().digest() == build(title="另一种说法").digest()
    assert build().digest() != build(by="holder").digest()
    assert build().digest() != build(version=2).digest()


@pytest.mark.parametrize("process", PUBLISHED)
def test_published_processes_have_words_for_everything(process: type[Process]) -> None:
    assert process.title
    assert process.prefix
    assert all(phase.title for phase in process.phases.values())
    assert all(action.title for action in process.actions.values())
    by_people = [action for action in process.actions.values() if action.by != "system"]
    assert all(action.consequence for action in by_people), "a person is told what follows"
    asking = [phase for phase in process.phases.values() if not phase.final and not rests(process, phase)]
    assert all(phase.asks and phase.within for phase in asking)


def rests(process: type[Process], phase: Phase) -> bool:
    """Tell whether nobody need be asked in a phase, because the clock asks from time to time."""
    return any(action.by == "system" and action.stays and action.leaves(phase.name)
               for action in process.actions.values())


def test_new_cases_take_the_newest_version_and_old_ones_keep_theirs() -> None:
    for process in PUBLISHED:
        assert newest(process.key).version >= process.version
        assert of(type("Row", (), {"process": process.key, "version": process.version})()) is process  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        newest("no such process")
