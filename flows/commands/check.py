"""`guantong check`: what is wrong with a roster, and what would come of it, before it is handed in. Needs no Prefect."""

from __future__ import annotations

import datetime as dt
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from guantong.flows.audit.inbox import take_digests
from guantong.flows.current_folder import with_relative_paths
from guantong.flows.errors import CannotRun
from guantong.flows.quick_imports import importing
from guantong.flows.records import Input
from guantong.flows.storage.output_record import display_path
from guantong.flows.workers.pool import make_pool


def check_files(files: list[Path], policy_name: str, as_of: dt.date, words: Path | None = None) -> int:
    """Print of each file what is wrong, what is blank, and what would come of it by the policy as of a day; gives 1 where any has an error or nobody in
    it, else 0. ``words``: the file of a bureau's own.

    Raises UserError for a path that does not exist or is a folder, and for words that can't be used.
    """
    for path in files:
        if not path.exists():
            raise CannotRun(f"找不到“{display_path(path)}”，请检查路径")
        if path.is_dir():
            raise CannotRun(f"“{display_path(path)}”是文件夹，check 只检查工作簿；审核文件夹请用 guantong audit")
    inputs = [Input(number, path, with_relative_paths(display_path(path))) for number, path in enumerate(files)]
    with make_pool(1) as pool, tempfile.TemporaryDirectory() as folder:
        with importing():
            from guantong.flows.audit import build_tables
            from guantong.flows.audit.cells_to_fill import add_cells_to_fill
            from guantong.flows.audit.kinds import AsOfAudit
            from guantong.flows.audit.read_rosters import PoolReader, pack_refused, read_inputs
            from guantong.flows.audit.side_lists import read_own_words
            from guantong.flows.commands.check_screen import show_file
            from guantong.rules.policy.load import load

        own_words = read_own_words(words)
        work = Path(folder)
        take_digests(inputs, 1)
        reader = PoolReader(pool, b"check", work, words=own_words)  # any key will do: no result is compared with another run's
        with ThreadPoolExecutor(1) as aside:
            policy = aside.submit(load, policy_name)
            read = read_inputs(reader.read, inputs)
        with build_tables.connect(work) as con:
            kind = AsOfAudit(as_of)
            build_tables.load_packs(con, read.packed + pack_refused(read.refused, work))
            kind.evaluate(con, policy.result())
            add_cells_to_fill(con)
            build_tables.finish_findings(con, as_of, kind.findings)
            return max(show_file(con, item, as_of) for item in inputs)
