"""What others are told of a scheduled run: counts, and never a name, a number, a file or a cell."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from guantong.flows.publishing import CannotRun

SECONDS = 10  # to wait for an answer
_COUNTS = (
    "files", "files_read", "files_refused", "units", "rows_found", "rows_evaluated", "rows_rejected", "duplicates",
    "candidates", "outcomes", "findings", "findings_by_code", "not_written",
)  # fmt: skip  # not passed_over and integrity: these hold parts of names of files and sheets


class NotDelivered(CannotRun):
    """The message did not get through; the text, in Chinese, says why, without the address, which may hold a secret."""


def check_address(url: str) -> None:
    """Raise CannotRun where nothing can be sent to ``url``."""
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return
    except ValueError:
        pass
    raise CannotRun("--webhook 的地址有误，应为 http:// 或 https:// 开头的完整地址")


def shareable(counts: dict[str, object]) -> dict[str, object]:
    """Those of a run's counts that hold no part of anybody's or any file's name."""
    return {name: counts[name] for name in _COUNTS}


def post(url: str, message: dict[str, object]) -> None:
    """Send a message as JSON. Raises NotDelivered where there is no answer, or another than 2xx."""
    body = json.dumps(message, ensure_ascii=False).encode("utf-8")
    request = urllib.request.Request(url, body, {"Content-Type": "application/json; charset=utf-8"}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):
            return
    except urllib.error.HTTPError as error:
        error.close()
        raise NotDelivered(f"对方返回 {error.code}") from None
    except (OSError, http.client.HTTPException) as error:
        cause = getattr(error, "reason", error)
        raise NotDelivered(f"无法连接（{type(cause).__name__}）") from None
