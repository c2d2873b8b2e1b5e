"""What others are told of a scheduled run: counts, and never a name, a number, a file or a cell."""

from __future__ import annotations

import http.client
import json
import threading
import urllib.error
import urllib.request
from urllib.parse import urlsplit

from guantong.flows.storage.output_folder import CannotRun

SECONDS = 10  # for the whole exchange: finding the address, connecting, sending, the head of the answer
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


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """An address given is where a message goes, and nowhere else: an answer that points elsewhere is one of failure."""

    def http_error_302(self, *_: object) -> None:
        return None

    http_error_301 = http_error_303 = http_error_307 = http_error_308 = http_error_302


def post(url: str, message: dict[str, object]) -> None:
    """Send a message as JSON. Raises NotDelivered where the answer is another than 2xx, or its head is not there in `SECONDS`.

    What follows the head is not read. The exchange is in a thread that is left alone when its time is over: the search for an address can't be
    ended, and a time for each step is none for all of an answer that comes byte by byte.
    """
    ended: list[Exception | None] = []
    exchange = threading.Thread(target=_exchange, args=(url, json.dumps(message, ensure_ascii=False).encode(), ended), daemon=True)
    exchange.start()
    exchange.join(SECONDS)
    if not ended:
        raise NotDelivered(f"{SECONDS} 秒内没有答复")
    if ended[0] is not None:
        raise ended[0]


def _exchange(url: str, body: bytes, ended: list[Exception | None]) -> None:
    """Send it, and add to ``ended`` what came of it: None, or the error."""
    request = urllib.request.Request(url, body, {"Content-Type": "application/json; charset=utf-8"}, method="POST")
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=SECONDS):
            ended.append(None)
    except urllib.error.HTTPError as error:
        error.close()
        ended.append(NotDelivered(f"对方返回 {error.code}"))
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: an address that no request can be made of
        cause = getattr(error, "reason", error)
        ended.append(NotDelivered(f"无法连接（{type(cause).__name__}）"))
    except Exception as error:  # goes on in the thread that waits
        ended.append(error)
