"""The folder in which the user starts a command is not trusted: it may be an inbox, and Python, Prefect and others read files that lie there.

So `leave_user_folder` changes to another folder before anything else is imported or started. Relative paths still start from the user's folder.
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
    """The folder in which the user started the command. Raises OSError where it has been deleted."""
    return Path(os.environ.get(_VARIABLE) or os.getcwd())


def leave_user_folder() -> None:
    """Change to a trusted folder. Neither this process nor one that it starts works in or imports from the user's folder. Raises OSError."""
    folder = os.environ[_VARIABLE] = os.getcwd()
    os.environ["PYTHONSAFEPATH"] = "1"  # a process that is started has no '' in its path
    _import_nothing_from(folder)
    for name in filter(_PATHS.fullmatch, list(os.environ)):
        value = os.environ[name]
        if value and "://" not in value and not value.startswith("~"):
            os.environ[name] = os.path.join(folder, value)
    os.chdir(_trusted_folder())


def _import_nothing_from(folder: str) -> None:
    """Take out of Python's path what `python -m` or `-c` puts first, and what is relative in PYTHONPATH, an empty entry above all."""
    python_path = os.environ.get("PYTHONPATH")
    entries = python_path.split(os.pathsep) if python_path else []
    relative = [entry for entry in entries if not os.path.isabs(entry)]
    untrusted = {"", *relative, *map(os.path.abspath, relative)}
    if python_path:
        os.environ["PYTHONPATH"] = os.pathsep.join(filter(os.path.isabs, entries))
    if sys.path[0] == folder and not sys.flags.safe_path:
        del sys.path[0]
    sys.path[:] = [entry for entry in sys.path if entry not in untrusted]
    for entry in sys.path:  # what an editable installation puts there is no folder, and must not become one
        if not os.path.isabs(entry):
            sys.path_importer_cache.pop(entry, None)


def _trusted_folder() -> Path:
    """A folder that nobody else writes to: the state folder where there is one yet, else that of the Python that runs this."""
    state = state_folder()
    try:
        about = state.stat()
    except OSError:
        return Path(sys.prefix)
    own = os.name == "nt" or (about.st_uid == os.geteuid() and not about.st_mode & 0o022)
    return state if own and state.is_dir() else Path(sys.prefix)


def with_relative_paths(text: str) -> str:
    """A text for the screen, in which paths below the user's folder are relative to it."""
    folder = os.path.join(user_folder(), "")
    return text if folder == os.sep else re.sub(_BEFORE_A_PATH + re.escape(folder), "", text)
