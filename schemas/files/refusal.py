"""Why a file can't be taken in."""


class Refusal(Exception):
    """A file that can't be taken in. ``code`` is a finding code; ``detail`` is for the message, in Chinese."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail = code, detail


def fault(error: OSError) -> str:
    """Why a file can't be opened, in Chinese."""
    if isinstance(error, FileNotFoundError):
        return "文件不存在，或链接已失效"
    if isinstance(error, PermissionError):
        return "没有读取权限，或正被其他程序占用"
    return f"读取失败，错误号 {error.errno}"
