"""What the parts of an audit raise to each other, and what a user is told of an error."""

from __future__ import annotations

import errno

from guantong.schemas import UserError

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})  # errno of a disk that is full, or of a quota that is used up


class CannotRun(UserError):
    """The audit can't run at all (exit status 2); the message, in Chinese, says why and what to do."""


class Busy(CannotRun):
    """Another audit is writing there."""


class NotDelivered(CannotRun):
    """The message did not get through; the text, in Chinese, says why, without the address, which may hold a secret."""


class Fault(Exception):
    """An error stripped of its text: its kind and place only."""


class ReaderFailed(Exception):
    """The reading of a file failed in our own code, or for want of memory; the text says where, and quotes no cell."""


class CopyFailed(Exception):
    """A roster could not be copied; the text says where, and quotes no cell."""


def whereabouts(error: Exception) -> str:
    """The kind of an error and the line of ours that it came from; its text may quote a cell."""
    place = error.__traceback__
    last = ""
    while place is not None:
        if "guantong" in (name := place.tb_frame.f_globals.get("__name__") or ""):
            last = f"{name.removeprefix('guantong.')}:{place.tb_lineno}"
        place = place.tb_next
    return f"{type(error).__name__}，{last}"
