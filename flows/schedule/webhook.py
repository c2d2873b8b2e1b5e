"""The message about a scheduled run that is posted to a webhook: counts, and never a name, a number, a file or a cell."""

from __future__ import annotations

import json
import logging
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from guantong.flows.errors import CannotRun, NotDelivered

if TYPE_CHECKING:
    import httpx

EXCHANGE_SECONDS = 10  # from looking up the address to the head of the answer
_SHAREABLE = (
    "files", "files_read", "files_refused", "units", "rows_found", "rows_evaluated", "rows_rejected", "duplicates",
    "candidates", "to_verify", "nearly_there", "outcomes", "findings", "findings_by_code", "not_written",
)  # fmt: skip  # not passed_over and integrity: these hold parts of names of files and sheets


def check_address(url: str) -> None:
    """Raise CannotRun where nothing can be sent to ``url``."""
    try:
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return
    except ValueError:
        pass
    raise CannotRun("--webhook 的地址有误，应为 http:// 或 https:// 开头的完整地址")


def shareable_counts(counts: dict[str, object]) -> dict[str, object]:
    """The counts of a run that hold no part of a person's or a file's name."""
    return {name: counts[name] for name in _SHAREABLE}


def notify(url: str, message: dict[str, object]) -> None:
    """Post a message as JSON. Raises NotDelivered unless the head of a 2xx answer is there within `EXCHANGE_SECONDS`; its body is not read.

    httpx limits each step of an exchange, not the whole, and nothing can end the look-up of an address. So the exchange has a
    daemon thread of its own, which is left alone when its time is over.
    """
    import httpx  # noqa: F401 (before the exchange, whose time it is not to take)

    logging.getLogger("httpx").setLevel(logging.WARNING)  # at INFO it writes the address, which may hold a secret
    body = json.dumps(message, ensure_ascii=False).encode()
    ended: list[Exception | None] = []
    exchange = threading.Thread(target=_exchange, args=(url, body, ended), daemon=True)
    exchange.start()
    exchange.join(EXCHANGE_SECONDS)
    if not ended:
        raise NotDelivered(f"{EXCHANGE_SECONDS} 秒内没有答复")
    if ended[0] is not None:
        raise ended[0]


def _exchange(url: str, body: bytes, ended: list[Exception | None]) -> None:
    """Post the message, and add to ``ended`` None, or the error to be raised where the exchange is waited for."""
    import ssl

    import httpx

    headers = {"Content-Type": "application/json; charset=utf-8"}
    checks = {"response": [_refuse_other_than_2xx]}
    try:
        system_authorities = ssl.create_default_context()  # not httpx's own list: a bureau may have an authority of its own
        with httpx.Client(verify=system_authorities, timeout=EXCHANGE_SECONDS, event_hooks=checks) as client:
            with client.stream("POST", url, content=body, headers=headers):
                ended.append(None)
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:  # ValueError: a host name that cannot be looked up
        ended.append(NotDelivered(f"无法连接（{type(_root_cause(error)).__name__}）"))
    except Exception as error:
        ended.append(error)


def _refuse_other_than_2xx(response: httpx.Response) -> None:
    """Raise NotDelivered at an answer other than 2xx. It comes before httpx looks at where a redirect leads, which may be nonsense."""
    if not response.is_success:
        raise NotDelivered(f"对方返回 {response.status_code}")


def _root_cause(error: BaseException) -> BaseException:
    """The error of the system beneath: a refused connection and an unknown host both are httpx.ConnectError."""
    while error.__context__ is not None:
        error = error.__context__
    return error
