"""`guantong template`: the roster form, blank, or with the people of a roster filled in."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from guantong.flows.errors import CannotRun
from guantong.flows.quick_imports import importing
from guantong.flows.screen import show
from guantong.flows.storage.disk import whole_file
from guantong.flows.storage.output_record import display_path
from guantong.schemas.form.columns import asked_years
from guantong.schemas.form.workbook import FormContent, write_form
from guantong.schemas.near_words import describe_nearest_path


def make_form(form: Path, as_of: dt.date, roster: Path | None) -> None:
    """Write the form as of a day, with the people of ``roster`` where it is given. Raises UserError where it can't be read or written."""
    content = _read(roster) if roster else FormContent()
    with whole_file(form) as whole:
        write_form(whole, as_of, content)
    show(f"已生成花名册样表：{form}")
    if roster:
        _tell(roster, content, as_of)


def _read(roster: Path) -> FormContent:
    """The roster's people, read in a worker with its limits on time and memory."""
    if not roster.is_file():
        raise CannotRun(f"找不到“{display_path(roster)}”{describe_nearest_path(roster) or '，请检查路径'}")
    with importing():
        from guantong.flows.audit.side_lists import read_guarded
        from guantong.flows.workers.pool import make_pool, start_with_limits_only
        from guantong.schemas.form.from_roster import read_for_form
    with make_pool(1, start_with_limits_only) as pool:
        content = read_guarded(pool, roster, read_for_form)
    if content.refused:
        raise CannotRun(f"“{display_path(roster)}”不能带入：{content.refused}")
    return content


def _tell(roster: Path, content: FormContent, as_of: dt.date) -> None:
    marked = sum(1 for person in content.people for cell in person.values() if cell.note)
    years = asked_years(as_of)
    lacking = sum(1 for person in content.people if not all(f"assessment_{year}" in person for year in years))
    show(
        f"  从“{display_path(roster)}”带入 {len(content.people)} 人"
        + (f"；有 {content.struck} 行已划去，没有带入" if content.struck else "")
    )
    if marked:
        show(f"  有 {marked} 格需要核对，已标红，批注写明原因")
    if lacking:
        show(f"  有 {lacking} 人的{years[0]}至{years[-1]}年度考核还没有填全")
    show("  填好后用 guantong check 检查")
