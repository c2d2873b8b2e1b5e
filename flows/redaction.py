"""What Prefect and Dask must not see: the arguments of tasks, and the texts of errors, which may quote a cell."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable

from guantong.flows.errors import CannotRun, Fault, whereabouts


class Sealed:
    """An argument of a task that neither Prefect nor Dask looks into or shows; a `redacted` function gets its ``content``."""

    def __init__(self, content: object) -> None:
        self.content = content


def redacted(function: Callable) -> Callable:
    """A function for @flow or @task: it gets the content of `Sealed` arguments, and raises errors without their text.

    Prefect keeps an error's text, and pickles a flow's error to disk, whatever the settings. So an error becomes a `Fault`, which names
    its kind and place; the original stays in this process, as its ``__context__``. CannotRun passes: its message is ours and holds paths at
    most. An OSError stays one, with its number only, so that tasks can be tried again.
    """

    @functools.wraps(function)
    def call(*args, **kwargs):
        try:
            return function(*map(_unsealed, args), **{name: _unsealed(value) for name, value in kwargs.items()})
        except CannotRun:
            raise
        except OSError as error:
            raise OSError(error.errno or 5, os.strerror(error.errno or 5)) from None
        except Exception as error:
            raise error if type(error) is Fault else Fault(whereabouts(error)) from None

    return call


def _unsealed(value: object) -> object:
    return value.content if isinstance(value, Sealed) else value
