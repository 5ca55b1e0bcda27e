"""What one printing process may use."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    memory: int = 768 * 1024 * 1024  # bytes of address space
    processor: int = 20  # seconds for one paper
    wall: float = 30.0  # seconds for one paper
    start: float = 60.0  # seconds until the first paper may be asked for
    idle: float = 600.0  # seconds without work after which the process ends
    papers: int = 300  # papers after which a new process takes over
    request: int = 8 * 1024 * 1024  # bytes of facts
