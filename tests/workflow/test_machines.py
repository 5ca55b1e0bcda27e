"""The contract with the `transitions` library: how it is used here, and what would break us if it changed."""

import pytest
from transitions import Machine, MachineError

from workflow import acts, machines
from workflow.language import TERMINATED, Action, Chosen, End, Phase, Process, applicant
from workflow.machines import IllegalMove, machine_of, move
from workflow.processes import PUBLISHED
from workflow.step import Step


class Context:
    """What `transitions` needs of a model: a state. Nothing is registered."""

    def __init__(self, state: str, target: str = "") -> None:
        self.state, self.target = state, target


def _choose(step: Step) -> str:
    return step.target


class Small(Process, key="small", version=1, title="小", prefix="XX"):
    """One question, two ends."""

    asked = Phase("问")
    yes = End("是", good=True)
    no = End("否")
    answer = Action("答", (asked,) >> Chosen(_choose, yes, no), by=applicant)


def test_the_library_works_without_models() -> None:
    machine = Machine(
        model=None, states=["a", "b"], transitions=[{"trigger": "go", "source": "a", "dest": "b"}],
        initial=None, auto_transitions=False, send_event=True, queued=False,
    )  # fmt: skip
    one, two = Context("a"), Context("a")
    assert machine.events["go"].trigger(one) is True
    assert (one.state, two.state) == ("b", "a")
    assert machine.models == []
    with pytest.raises(MachineError):
        machine.events["go"].trigger(one)
    assert one.state == "b"


def test_a_false_condition_answers_false_without_a_word_and_move_does_not_let_that_pass() -> None:
    undecided = Context("asked", target="nowhere")
    assert machine_of(Small).events["answer"].trigger(undecided) is False
    with pytest.raises(IllegalMove, match="answer from asked has no edge to nowhere"):
        move(Small, "answer", undecided)  # type: ignore[arg-type]
    assert undecided.state == "asked"


def test_an_action_from_a_phase_it_does_not_leave_is_a_defect_that_shows() -> None:
    with pytest.raises(IllegalMove):
        move(Small, "answer", Context("yes", target="no"))  # type: ignore[arg-type]


def test_the_chosen_edge_is_taken() -> None:
    for target in ("yes", "no"):
        assert move(Small, "answer", Context("asked", target)) == target  # type: ignore[arg-type]


@pytest.mark.parametrize("process", PUBLISHED)
def test_one_machine_a_version_holds_no_model_and_has_only_declared_edges(process: type[Process]) -> None:
    machine = machine_of(process)
    assert machine is machine_of(process)
    assert machine.models == []
    moving = {name for name, act in acts.COMMON.items() if not act.stays}
    assert set(process.actions) <= set(machine.events) <= set(process.actions) | moving
    assert set(machine.states) == set(process.phases)
    declared = {
        (action.name, source.name, target.name)
        for action in process.actions.values() for source in action.move.sources
        for target in ([source] if action.stays else action.move.targets)
    }  # fmt: skip
    assert set(machines.edges(process)) == declared


@pytest.mark.parametrize("process", PUBLISHED)
def test_what_every_process_can_do_besides_leads_only_to_safe_phases_and_the_common_end(process: type[Process]) -> None:
    for action, source, target in machines.common_edges(process):
        assert not process.phases[source].final
        answered = {phase for one in process.recallable for phase in one.move.sources} if action == "recall" else ()
        if action in acts.COMMON:
            assert process.phases[target] in (*process.safe, TERMINATED, *answered)
        else:
            assert source == target, "an answer that counts may leave the case where it is"


def test_ten_thousand_commands_leave_no_model_behind() -> None:
    for _ in range(10_000):
        move(Small, "answer", Context("asked", "yes"))  # type: ignore[arg-type]
    assert machine_of(Small).models == []
