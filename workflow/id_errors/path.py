"""Where an ID error goes next: after a correction to the end, unless the record is still faulty."""

from workflow.step import Step


def after_correction(step: Step) -> str:
    return "checking" if step.cache.get("still_faulty") else "corrected"


def after_police(step: Step) -> str:
    return "confirmed" if step.payload["result"] == "confirmed" else "checking"


def corrects(step: Step) -> bool:
    """Tell whether the school asked for a correction."""
    return bool(step.subject.answer == "correct")


def claims(step: Step) -> bool:
    """Tell whether the school says that the record is right."""
    return bool(step.subject.answer == "claim")
