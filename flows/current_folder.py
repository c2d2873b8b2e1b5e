"""The folder in which the user stands is not trusted: it may be an inbox, and Python, Prefect and others read what lies about there.

`leave` goes out of it before anything else is imported or started. What the user calls by a relative path is still looked for there.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

from guantong.flows.locations import state_folder

_VARIABLE = "GUANTONG_USER_FOLDER"  # in the environment, so that the processes that a command starts know it too
_PATHS = re.compile(  # variables that hold a path; none of them a key or a password
    r"HOME|USERPROFILE|LOCALAPPDATA|TMPDIR|TEMP|TMP|NETRC|OPENSSL_CONF|PYTHONPYCACHEPREFIX|PYTHONUSERBASE|GUANTONG_(CACHE|WORK)"
    r"|(AWS|BOTO|CURL|DASK|FSSPEC|GUANTONG|PREFECT|REQUESTS|SSL|XDG)_(\w+_)?(BUNDLE|CONFIG|DIR|DIRECTORY|FILE|HOME|PATH)"
    r"|DASK_\w+__TLS__\w+__(CERT|KEY)"
)
_BEFORE_A_PATH = r"""(?<![^\s“‘"'`（(：，；=])"""


def user_folder() -> Path:
    """Where the user stands. Raises OSError where that folder is no more."""
    return Path(os.environ.get(_VARIABLE) or os.getcwd())


def leave() -> None:
    """Leave the user's folder: neither this process nor one that it starts stands there or imports from there. Raises OSError."""
    here = os.environ[_VARIABLE] = os.getcwd()
    os.environ["PYTHONSAFEPATH"] = "1"  # a process that is started has no '' in its path
    _import_nothing_from(here)
    for name in filter(_PATHS.fullmatch, list(os.environ)):
        value = os.environ[name]
        if value and "://" not in value and not value.startswith("~"):
            os.environ[name] = os.path.join(here, value)
    os.chdir(_own_folder())


def _import_nothing_from(here: str) -> None:
    """Take out of Python's path what `python -m` or `-c` puts first, and what is relative in PYTHONPATH, an empty entry above all."""
    given = os.environ.get("PYTHONPATH")
    entries = given.split(os.pathsep) if given else []
    relative = [entry for entry in entries if not os.path.isabs(entry)]
    untrusted = {"", *relative, *map(os.path.abspath, relative)}
    if given:
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(os.path.isabs, entries))
    if sys.path[0] == here and not sys.flags.safe_path:
        del sys.path[0]
    sys.path[:] = [entry for entry in sys.path if entry not in untrusted]
    for entry in sys.path:  # what an editable installation puts there is no folder, and must not become one
        if not os.path.isabs(entry):
            sys.path_importer_cache.pop(entry, None)


def _own_folder() -> Path:
    """A folder that nobody else writes to: the state folder where there is one yet, else that of the Python that runs this."""
    state = state_folder()
    try:
        about = state.stat()
    except OSError:
        return Path(sys.prefix)
    own = os.name == "nt" or (about.st_uid == os.geteuid() and not about.st_mode & 0o022)
    return state if own and state.is_dir() else Path(sys.prefix)


def shown(text: str) -> str:
    """A text for the screen: paths below the user's folder as they are called from there."""
    here = os.path.join(user_folder(), "")
    return text if here == os.sep else re.sub(_BEFORE_A_PATH + re.escape(here), "", text)
