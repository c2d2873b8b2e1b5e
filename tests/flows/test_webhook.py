"""What a webhook answers, or does not, costs a scheduled run a message and nothing else: real servers that misbehave."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from guantong.flows.errors import NotDelivered
from guantong.flows.schedule import webhook as webhook_module
from guantong.flows.schedule.webhook import notify

SHORT = 0.5  # seconds that an exchange is given here
LONG = 5  # seconds after which a server that misbehaves answers as it should
OK = b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n"


class Webhook:
    """A server on a socket; ``answer`` gets each connection, once a request has come."""

    def __init__(self, answer: Callable[[socket.socket], object] | None) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/token-of-the-bureau"
        self.asked = 0
        if answer is not None:
            threading.Thread(target=self._serve, args=(answer,), daemon=True).start()

    def _serve(self, answer: Callable[[socket.socket], object]) -> None:
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection, answer), daemon=True).start()

    def _answer(self, connection: socket.socket, answer: Callable[[socket.socket], object]) -> None:
        with connection:
            try:
                connection.recv(65536)
                self.asked += 1
                answer(connection)
            except OSError:
                return  # the other side has gone


@pytest.fixture
def webhook() -> Iterator[Callable[..., Webhook]]:
    made: list[Webhook] = []

    def make(answer: Callable[[socket.socket], object] | None) -> Webhook:
        made.append(Webhook(answer))
        return made[-1]

    yield make
    for server in made:
        server.socket.close()


def slowly(connection: socket.socket, data: bytes = OK) -> None:
    """A byte now and then, each in time, all of them never."""
    for byte in data:
        connection.sendall(bytes([byte]))
        time.sleep(LONG / len(data))


def continued(connection: socket.socket) -> None:
    until = time.monotonic() + LONG
    while time.monotonic() < until:
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.05)
    connection.sendall(OK)


def late(connection: socket.socket) -> None:
    time.sleep(LONG)
    connection.sendall(OK)


def endless(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    until = time.monotonic() + LONG
    while time.monotonic() < until:
        connection.sendall(bytes(65536))


@pytest.mark.parametrize("answer", [slowly, continued, late, None], ids=["byte by byte", "for ever 100", "late", "not even accepted"])
def test_the_whole_exchange_has_one_time(
    webhook: Callable[..., Webhook], monkeypatch: pytest.MonkeyPatch, answer: Callable[[socket.socket], object] | None
) -> None:
    monkeypatch.setattr(webhook_module, "EXCHANGE_SECONDS", SHORT)
    with pytest.raises(NotDelivered, match="秒内没有答复|无法连接"):
        notify(webhook(answer).url, {})


def test_the_search_for_an_address_is_part_of_it(monkeypatch: pytest.MonkeyPatch, webhook: Callable[..., Webhook]) -> None:
    found, url = socket.getaddrinfo, webhook(lambda connection: connection.sendall(OK)).url

    def slow(*given: object, **more: object) -> list:
        time.sleep(LONG)
        return found(*given, **more)

    monkeypatch.setattr(webhook_module, "EXCHANGE_SECONDS", SHORT)
    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with pytest.raises(NotDelivered, match="没有答复"):
        notify(url, {})


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("where", ["another server", "nonsense", "a file"])
def test_no_redirect_is_followed(webhook: Callable[..., Webhook], code: int, where: str) -> None:
    other = webhook(lambda connection: connection.sendall(OK))
    to = {"another server": other.url, "nonsense": "http://[", "a file": "file:///etc/passwd"}[where]
    one = webhook(lambda connection: connection.sendall(f"HTTP/1.1 {code} Go\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n".encode()))
    with pytest.raises(NotDelivered, match=f"对方返回 {code}"):
        notify(one.url, {})
    assert (one.asked, other.asked) == (1, 0)


def test_what_follows_the_head_of_an_answer_is_not_waited_for(webhook: Callable[..., Webhook]) -> None:
    one = webhook(endless)
    notify(one.url, {})
    assert one.asked == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"no HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 100_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nA: " + b"b" * 10**6,
    ],
    ids=["nothing", "nonsense", "too many headers", "a header too long"],
)
def test_nonsense_is_no_delivery(webhook: Callable[..., Webhook], answer: bytes) -> None:
    with pytest.raises(NotDelivered):
        notify(webhook(lambda connection: connection.sendall(answer)).url, {})


@pytest.mark.parametrize("address", ["http://127.0.0.1:1/贯通", "http://127.0.0.1:1/a b", f"http://{'a' * 70}.invalid/"])
def test_an_address_that_no_request_can_be_made_of_is_no_fault(address: str) -> None:
    with pytest.raises(NotDelivered) as raised:
        notify(address, {})
    assert "贯通" not in str(raised.value)


def test_no_log_holds_the_address(webhook: Callable[..., Webhook], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    notify(webhook(lambda connection: connection.sendall(OK)).url, {})
    assert caplog.records and "token-of-the-bureau" not in caplog.text


def test_no_command_imports_the_library_before_it_notifies() -> None:
    code = "import sys, guantong.flows.cli, guantong.flows.schedule.webhook; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
