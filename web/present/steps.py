"""What the steps are called that figures count, and in which order they stand."""

from functools import cache

from web.present.words import PROCESSES
from workflow import processes
from workflow.language import Process

SECOND = {"review": "主管部门审核", "inquiry": "学校答复核查单", "confirm": "复核裁定"}
"""Questions that are put beside the one a phase is named for."""
CORRECTING = "补正申请"
OUTSIDE = "登记外省结果"


def word(step: str) -> str:
    """Return what a step (`process/phase/kind`) is called."""
    process, phase, kind = _parts(step)
    if kind in SECOND:
        return SECOND[kind]
    if (process, kind) == ("transfer", "correct"):
        return CORRECTING
    title = _title(process, phase)
    return f"{OUTSIDE}（{title.removesuffix('核办')}）" if (process, kind) == ("transfer", "record") else title


def full_word(step: str) -> str:
    """Return the step with its process: steps of several processes stand in one list."""
    return f"{process_word(process_of(step))}：{word(step)}"


def process_of(step: str) -> str:
    return _parts(step)[0]


def process_word(process: str) -> str:
    return PROCESSES.get(process) or next((one.title for one in processes.PUBLISHED if one.key == process), process)


def order(step: str) -> tuple[int, int, str]:
    """Return where a step stands: processes as they are published, phases as they are written."""
    process, phase, _ = _parts(step)
    keys = list(dict.fromkeys(one.key for one in processes.PUBLISHED))
    phases = list(_newest(process).phases) if process in keys else []
    return (
        keys.index(process) if process in keys else len(keys),
        phases.index(phase) if phase in phases else len(phases),
        step,
    )


def _title(process: str, phase: str) -> str:
    """Return the phase's title in the newest version that has it."""
    for one in reversed(processes.PUBLISHED):
        if one.key == process and phase in one.phases:
            return one.phases[phase].title
    return phase


@cache
def _newest(process: str) -> type[Process]:
    return processes.newest(process)


def _parts(step: str) -> tuple[str, str, str]:
    process, phase, kind = (*step.split("/"), "", "")[:3]
    return process, phase, kind
