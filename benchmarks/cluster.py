"""What a cluster costs and gains: audits on this machine with 1 and 2 workers, and on clusters of 1 and 2 worker processes.

    python benchmarks/cluster.py [--files 250] [--persons 50000] [--rounds 1] [--write]

The scheduler and its workers run on this machine too, one thread each, so that all contend for the same cores: what is seen is what
going over a scheduler, a shared folder and evaluating in parts cost. The tables of all must be the same to the byte.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import common

DASK = Path(sys.executable).with_name("dask")
STAGES = ("start", "read", "evaluate", "tables", "reports")


@contextmanager
def cluster(workers: int, folder: Path) -> Iterator[str]:
    """The address of a scheduler with so many workers, for a while."""
    from distributed import Client

    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder, "env": common.environment(folder)}
    worker = [DASK, "worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    processes = [subprocess.Popen([DASK, "scheduler", "--host", address, "--no-dashboard"], **quiet)]
    try:
        processes += [subprocess.Popen(worker, **quiet) for _ in range(workers)]
        with Client(address, timeout=60, set_as_default=False) as client:
            client.wait_for_workers(workers, timeout=60)
        yield address
    finally:
        for process in processes:
            process.terminate()
            process.wait(30)


def main() -> None:
    """Run and print."""
    given = common.asked(__doc__, files=250, persons=50_000, rounds=1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        common.warm(folder)
        common.sample(folder / "in", given.persons, given.files, folder)
        stages: dict[str, dict] = {}
        tables: dict[str, list[bytes]] = {}

        def audit(who: str, *more: object) -> common.Run:
            made, told = common.audit(folder / "in", folder / "out", folder, "--no-cache", *more)
            stages[who] = told["seconds"]
            tables[who] = [path.read_bytes() for path in sorted((folder / "out" / "data").glob("*.parquet"))]
            return made

        def clustered(who: str, workers: int) -> common.Run:
            with cluster(workers, folder) as address:
                audit(who, "--cluster", address)  # the workers' first imports are not counted
                return audit(who, "--cluster", address)

        runs = common.interleaved(
            {
                f"one machine, {count} workers": lambda count=count: audit(f"one machine, {count} workers", "--workers", count)
                for count in (1, 2)
            }
            | {f"cluster of {count} workers": lambda count=count: clustered(f"cluster of {count} workers", count) for count in (1, 2)},
            given.rounds,
        )
        same = len({json.dumps([table.hex() for table in held]) for held in tables.values()}) == 1
    base = runs["one machine, 1 workers"]
    rows = [
        (who, f"{common.seconds(made):.1f} s", common.ratio(made, base), *(f"{stages[who][stage]:.1f}" for stage in STAGES))
        for who, made in runs.items()
    ]
    text = common.table(("who", "seconds", "of one worker", *STAGES), rows)
    about = f"{given.files} files, {given.persons:,} people. The tables are the same to the byte: {same}."
    common.show(
        "cluster", "Cluster", f"{about}\n\n{text}\n\n{common.machine('prefect', 'prefect-dask', 'distributed', 'duckdb')}", given.write
    )
    if not same:
        sys.exit(1)


if __name__ == "__main__":
    main()
