"""How big a workbook may be, and how much memory and time reading it may take."""

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """None lifts a limit. Sizes in bytes, times in seconds; `stall` is the longest wait for the next rows."""

    packed: int | None = 20 * MEGABYTE
    unpacked: int | None = 300 * MEGABYTE
    entries: int = 200
    ratio: int = 100
    columns: int | None = 100
    rows: int | None = 20_000
    merges: int = 5_000
    cell: int = 32_767
    memory: int = 400 * MEGABYTE
    cpu: int = 60
    stall: int = 30


PAGE = Limits()
"""An upload on the page."""
COMMAND = Limits(packed=None, unpacked=None, columns=None, rows=None, memory=4096 * MEGABYTE, cpu=3600, stall=300)
"""`xuejiban import students`: files of any length."""
