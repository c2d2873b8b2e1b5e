"""YAML read as plain data, within bounds: maps, lists, texts, whole numbers, days, true, false and null; nothing that could be more.

What the safe loaders of libraries also take, and a policy never needs, is refused with its line: anchors and aliases (a few lines of them
stand for millions), tags, directives, several documents, keys written twice.
"""

from __future__ import annotations

import copy
import datetime as dt
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

MOST_BYTES = 256_000
MOST_DEPTH = 10
MOST_EVENTS = 6_000  # words and brackets: ten times what the policies shipped have
MOST_DIGITS = 9
_NUMBER = re.compile(r"[-+]?[0-9]+")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NO_CHARACTER = re.compile(r"\\U(?!000|0010)")
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)


class Unreadable(Exception):
    """What can't be read as YAML: the line, from 1, or None where there is none; and why, in Chinese."""

    def __init__(self, line: int | None, problem: str) -> None:
        super().__init__(problem)
        self.line, self.problem = line, problem


class Lined(dict[Any, Any]):
    """A map; ``lines``: on which line each of its keys stands."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: dict[object, int] = {}


class LinedList(list[Any]):
    """A list; ``lines``: on which line each of its items stands."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []


def read(raw: bytes) -> object:
    """The data of a text in UTF-8, at most `MOST_BYTES` long, for the caller to change. Raises Unreadable."""
    return copy.deepcopy(_read_once(raw))


@lru_cache(maxsize=8)
def _read_once(raw: bytes) -> object:
    return read_text(decoded(raw))


def decoded(raw: bytes) -> str:
    """``raw`` as text. Raises Unreadable where it is too long or no text."""
    if len(raw) > MOST_BYTES:
        raise Unreadable(None, f"大于{MOST_BYTES // 1000}千字节，不像是政策文件")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(raw.count(b"\n", 0, error.start) + 1, "不是 UTF-8 编码的文本，请另存为 UTF-8") from error
    for line, part in enumerate(text.split("\n"), 1):
        if bad := hidden_character(part.replace("\t", "").removesuffix("\r")):
            raise Unreadable(line, f"有看不见的控制字符（{bad}），请删去")
    return text


def read_text(text: str) -> object:
    """`read` of what is text already."""
    events = _events(text)
    if (first := next(events, None)) is None:
        return None
    made = _Builder(events).value(first)
    for _ in events:  # there may be more behind it, which is refused
        pass
    return made


def hidden_character(text: str) -> str | None:
    """The first character of a text that does not show, or turns what is around it, as U+202E; None where all show."""
    if text.isprintable():
        return None
    return next((f"U+{ord(letter):04X}" for letter in text if _is_hidden(letter)), None)


def _is_hidden(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") or ord(letter) & 0xFFFE == 0xFFFE


def _events(text: str) -> Iterator[Event]:
    """What the text consists of, one after the other; no more of it is looked at than the bounds allow."""
    try:
        depth = documents = 0
        for number, event in enumerate(YAML(typ="safe", pure=True).parse(text)):
            line = event.start_mark.line + 1
            depth += isinstance(event, MappingStartEvent | SequenceStartEvent) - isinstance(event, CollectionEndEvent)
            documents += isinstance(event, DocumentStartEvent)
            if depth > MOST_DEPTH:
                raise Unreadable(line, f"层次超过{MOST_DEPTH}层")
            if number > MOST_EVENTS:
                raise Unreadable(line, "内容过多，不像是政策文件")
            if documents > 1:
                raise Unreadable(line, "一个文件里有几个文档（---），应只有一个")
            _check(event, line)
            if isinstance(event, NodeEvent | CollectionEndEvent):
                yield event
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(mark.line + 1 if mark else None, "不是正确的 YAML：请检查这一行和上一行的缩进、引号、括号和冒号") from error
    except (YAMLError, ValueError, OverflowError) as error:  # a character or a version that is none
        bad = _NO_CHARACTER.search(text)
        line = text.count("\n", 0, bad.start()) + 1 if bad else 1
        raise Unreadable(line, "不是正确的 YAML：有不存在的字符编号或版本号") from error


def _check(event: Event, line: int) -> None:
    if isinstance(event, AliasEvent) or getattr(event, "anchor", None) is not None:
        raise Unreadable(line, "不用锚点和别名（& 和 *），请照写全文")
    if getattr(event, "tag", None) is not None:
        raise Unreadable(line, "不用标记（!），请删去")
    if isinstance(event, DocumentStartEvent) and (event.version or event.tags):
        raise Unreadable(line, "不用 % 开头的指令，请删去")


class _Builder:
    """Data made from events, depth first; the depth is bounded where these are read."""

    def __init__(self, events: Iterator[Event]) -> None:
        self.events = events

    def value(self, event: Event) -> object:
        """The value that begins with ``event``."""
        if isinstance(event, MappingStartEvent):
            return self._map()
        if isinstance(event, SequenceStartEvent):
            return self._list()
        assert isinstance(event, ScalarEvent)  # no event that begins a value is another
        return _scalar(event)

    def _map(self) -> Lined:
        made = Lined()
        while not isinstance(event := next(self.events), CollectionEndEvent):
            line = event.start_mark.line + 1
            if not isinstance(event, ScalarEvent):
                raise Unreadable(line, "键应是词或数，不能是列表或映射")
            key = _scalar(event)
            if key == "<<":
                raise Unreadable(line, "不用合并键（<<），请照写全文")
            if key in made:
                raise Unreadable(line, f"不是正确的 YAML：键“{_short(str(key))}”写了两次")
            made.lines[key] = line
            made[key] = self.value(next(self.events))
        return made

    def _list(self) -> LinedList:
        made = LinedList()
        while not isinstance(event := next(self.events), CollectionEndEvent):
            made.lines.append(event.start_mark.line + 1)
            made.append(self.value(event))
        return made


def _scalar(event: ScalarEvent) -> object:
    text, line = event.value, event.start_mark.line + 1
    if event.style in ("|", ">"):
        text = text.rstrip("\n")
    if bad := hidden_character(text.replace("\n", "")):
        raise Unreadable(line, f"有看不见的控制字符（{bad}），请删去")
    return _plain(text, line) if event.style is None or event.style == "" else text


def _plain(text: str, line: int) -> object:
    """A word without quotes as what it stands for."""
    if text in _WORDS:
        return _WORDS[text]
    if _NUMBER.fullmatch(text):
        if len(text) > MOST_DIGITS:
            raise Unreadable(line, f"数“{_short(text)}”超过{MOST_DIGITS}位")
        if len(text.lstrip("-+")) > 1 and text.lstrip("-+").startswith("0"):
            raise Unreadable(line, f"数“{text}”不应以 0 开头；是文字的请加引号")
        return int(text)
    if _DAY.fullmatch(text):
        try:
            return dt.date.fromisoformat(text)
        except ValueError as error:
            raise Unreadable(line, f"没有“{text}”这一天") from error
    return text


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:40]}……"


def as_yaml(value: object) -> str:
    """Data as a text that `read_text` reads as the same again."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{as_yaml(key)}: {as_yaml(item)}' for key, item in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(as_yaml, value))}]"
    return value.isoformat() if isinstance(value, dt.date) else json.dumps(value, ensure_ascii=False)
