"""Comments that a returned copy or a form filled from a roster has from us: by what they are known when it comes back, and what of the enterprise's own
stands in them.
"""

from __future__ import annotations

import re

from guantong.schemas.findings import LIST_TITLE

SEVERITIES = {"error": "错误", "warning": "提醒", "hint": "提示"}  # the worst first
LONGEST = 30_000  # characters of a comment that is kept; Excel holds 32,767
FORMER = "原花名册"  # as what the notes of a form that is filled from a roster begin
# What a mark covers, in words at the end of its comment: the fill that the cell had, and the comment that it had.
COVERED = re.compile(r"(?:\n\n原底色：(?P<fill>[^\n]*))?(?:\n\n原批注(?:（(?P<author>[^\n]*?)）)?：(?P<text>.*))?\Z", re.DOTALL)

# As what Excel keeps a conversation (线程批注) for programs that do not know any: words of its own, then each text below its head.
_CONVERSATION = re.compile(r"\[(?:线程批注|Threaded comment)\]")
_HEADS = re.compile(r"^\s*(?:注释|批注|回复|Comment|Reply)[:：]\s*$", re.MULTILINE)


def is_own_comment(author: str, text: str) -> bool:
    """Whether a comment is a mark of ours: by its author, or by how it begins, for LibreOffice drops authors."""
    return author == LIST_TITLE or text.startswith(tuple(f"【{word}】" for word in SEVERITIES.values()))


def own_words_of(author: str, text: str) -> str:
    """What the enterprise has written in a comment: without the name of who wrote it, which Excel puts before it; of a mark of ours, the comment that it covers."""
    if is_own_comment(author, text):
        found = COVERED.search(text)
        author, text = ((found and found["author"]) or "", (found and found["text"]) or "")
    text = text.removeprefix(f"{author}:\n").removeprefix(f"{author}：\n") if author else text
    if _CONVERSATION.match(text):
        text = "\n".join(part.strip() for part in _HEADS.split(text)[1:])
    return "" if text.startswith(FORMER) else text.strip()[:LONGEST]
