"""Small rosters, each of a kind that people really hand in, by what they must give: a file and a line of `corpus/must_give.csv` each."""

import pytest

from tests.support.corpus import FOLDER, TABLE, Line, lines, told


@pytest.mark.parametrize("line", lines(), ids=str)
def test_each_roster_gives_what_it_must(line: Line) -> None:
    for given in told(line):
        assert line.must in given if line.what == "message" else given == line.must


def test_each_file_of_the_corpus_has_a_line() -> None:
    assert {path.name for path in FOLDER.iterdir()} - {TABLE.name} == {line.file for line in lines()}
