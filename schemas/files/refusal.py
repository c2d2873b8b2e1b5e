"""Why a file can't be taken in."""


class Refusal(Exception):
    """A file that can't be taken in. ``code`` is a finding code; ``detail`` is for the message, in Chinese."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail
