"""Why a whole workbook is not taken."""

from workflow.errors import Unacceptable


class WorkbookRefused(Unacceptable):
    """The file cannot be read as the national template; `code` names the cause, `message` tells the clerk the cure."""

    def __init__(self, code: str, message: str, limit: int | None = None) -> None:
        super().__init__("file", message, code, limit)
