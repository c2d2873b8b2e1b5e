"""The benchmarks compare like with like. (How fast anything is, no test asserts.)"""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))

import common  # noqa: E402
import engines  # noqa: E402
import people  # noqa: E402

from guantong.rules.evaluation.compile_policy import compile_policy  # noqa: E402
from guantong.rules.evaluation.evaluate import evaluate  # noqa: E402
from guantong.rules.policy.load import load  # noqa: E402


def test_the_bare_join_writes_the_same_rows_and_columns_as_the_rules(tmp_path) -> None:
    seed, size, files = people.write_seed(tmp_path, 300)
    packs = list(people.write_packs(seed, tmp_path / "packs", files, copies=5, per_pack=2, through=True))
    assert [held for _, held in packs] == [2 * files, 2 * files, files]

    def made(con) -> tuple[list, list]:
        columns = [column[:2] for column in con.execute("DESCRIBE kept_verdicts").fetchall()]
        return columns, con.execute("SELECT pid, route FROM kept_verdicts ORDER BY ALL").fetchall()

    con = engines.opened(tmp_path / "packs")
    assert con.execute("SELECT count(*) FROM rows").fetchall() == [(5 * size,)]
    policy = load("liaoning-2019-2")
    evaluate(con, policy, engines.AS_OF)
    ours = made(con)
    con.execute(f"DROP TABLE kept_verdicts; {engines.bare_join(compile_policy(policy))}")
    assert made(con) == ours


def test_a_section_of_the_results_is_replaced_between_its_markers_only() -> None:
    document = "head\n<!-- a -->\nold\n<!-- /a -->\n<!-- b -->\n<!-- /b -->\n"
    assert common.replaced(document, "a", "new\n") == "head\n<!-- a -->\nnew\n<!-- /a -->\n<!-- b -->\n<!-- /b -->\n"
    with pytest.raises(ValueError):
        common.replaced(document, "c", "new\n")


def test_every_benchmark_has_its_place_in_the_results() -> None:
    results = common.RESULTS.read_text(encoding="utf-8")
    for name in (
        "whole_audit",
        "whole_audit_large",
        "parts",
        "copies",
        "rules",
        "rules_large",
        "growth",
        "rerun",
        "retrospective",
        "orchestration",
        "command_start",
        "small_audit",
        "cluster",
    ):
        common.replaced(results, name, "")
