"""The one error of printing: a paper that cannot be printed as it must be is not printed at all."""


class PaperRefused(Exception):
    """No paper was made.

    `code` is one of: character, private_use, control, facts, photo, resource, size, time, memory, fault.
    `message` is a sentence for the person who asked; `detail` holds what it names (character, code_point, field).
    """

    def __init__(self, code: str, message: str, detail: dict[str, str] | None = None) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.detail = detail or {}

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"
