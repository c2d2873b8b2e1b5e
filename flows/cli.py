"""The command line, `guantong`. Heavy imports wait inside the commands: `--help` needs none of them."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from guantong.flows.click_in_chinese import Group
from guantong.flows.current_folder import user_folder
from guantong.flows.quick_imports import importing
from guantong.flows.screen import show


class _File(click.Path):
    """A path, as it is found from where the user stands."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> object:
        return user_folder() / super().convert(value, param, ctx)


class _PolicyOrFile(click.ParamType):
    """The id of a policy, or the path of a file of one."""

    name = "policy"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from guantong.rules.policy.load import known_policies

        return value if value in known_policies() else str(user_folder() / value)


class _FileOrStore(_File):
    """A path, or the address of a store as text."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> object:
        if isinstance(value, str) and re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", value):
            if not re.match(r"s3://[^/]", value):
                self.fail(f"“{value}”：对象存储的地址应写成 s3://存储桶/前缀", param, ctx)
            return value
        return super().convert(value, param, ctx)


_DAY = re.compile(r"(\d{4})(?:(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})日?|(\d\d)(\d\d))", re.ASCII)
DEFAULT_POLICY = "liaoning-2019-2"
FILE, FILE_OR_STORE, POLICY = _File(path_type=Path), _FileOrStore(path_type=Path), _PolicyOrFile()


def _date(_: click.Context, __: click.Parameter, value: str | None) -> dt.date | None:
    if value is None:
        return None
    found = _DAY.fullmatch(value.strip())
    try:
        return dt.date(*map(int, filter(None, found.groups())))
    except (AttributeError, ValueError) as error:
        raise click.BadParameter(f"“{value}”不是日期，应写成 2025-12-31（也可写 2025/12/31、20251231、2025年12月31日）") from error


_WORDS = click.option(
    "--words", type=FILE, metavar="FILE", help="读作表：填好“读作”一栏的 bureau/unrecognised.xlsx，其中的表头和词语照此读取"
)


def _lists(command: Callable) -> Callable:
    """The options of what an audit is given beside the rosters."""
    for option in (
        click.option(
            "--threshold", type=click.IntRange(2, 1000), default=5, show_default=True, metavar="N", help="公布表的阈值，与 --publish 同用"
        ),
        click.option("--publish", is_flag=True, help="另写一套可公布的统计表（bureau/publish），小于阈值的数不公布，也推算不出"),
        _WORDS,
        click.option("--relations", type=FILE, metavar="FILE", help="专业与职业（工种）关系表，代替内置的示例表"),
        click.option("--integrity", type=FILE, metavar="FILE", help="诚信名单：其中弄虚作假的决定按身份证号一票否决（二（三））"),
    ):
        command = option(command)
    return command


@click.group(
    cls=Group, help="贯通：按职业发展贯通政策批量审核企业花名册，列出可跨通道申报的候选人。\n\n结果是候选建议，以评审（鉴定）机构审核为准。"
)
@click.version_option(package_name="guantong", message="guantong %(version)s", help="显示版本并退出")
def cli() -> None:
    """The console script's group of commands."""


@cli.command(
    help="审核花名册。PATH 是工作簿，或含有工作簿的文件夹（逐层查找），也可以是 s3://存储桶/前缀。\n\n退出码：0 完成；1 完成，但有文件被拒收；2 未能运行。",
)
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=FILE_OR_STORE)
@click.option("--out", default="audit-out", show_default=True, type=FILE_OR_STORE, metavar="DIR", help="输出文件夹，整体替换上一次的输出")
@click.option("--as-of", callback=_date, metavar="DATE", help="审核基准日，如 2025-12-31  [默认：今天]")
@click.option(
    "--as-of-column", metavar="HEADER", help="回溯审核：逐人按此栏所写的日期，如 批准时间、职称取得时间，核对已授予的职称（等级）"
)
@click.option(
    "--policy",
    "policies",
    type=POLICY,
    multiple=True,
    default=(DEFAULT_POLICY,),
    metavar="ID或FILE",
    help="政策编号（见 guantong policies）或政策文件；回溯审核可写几次，几个政策当日都在施行的，用写在前面的  [默认：liaoning-2019-2]",
)
@click.option("--workers", type=click.IntRange(1, 256), metavar="N", help="读写文件的进程数  [默认：处理器核数，人少时少些]")
@click.option("--cluster", metavar="ADDRESS", help="在 Dask 集群上运行，如 tcp://10.0.0.5:8786；见 docs/cluster.zh.md")
@click.option("--no-cache", is_flag=True, help="不用缓存：全部重新读取，也不保存供下次使用的结果")
@_lists
def audit(
    paths: tuple[Path | str, ...],
    as_of: dt.date | None,
    as_of_column: str | None,
    policies: tuple[str, ...],
    no_cache: bool,
    publish: bool,
    threshold: int,
    **options: Any,
) -> int:
    """Run the audit; see flows/audit/running/flow.py. ``options``: those that are fields of `AuditRequest` as they are."""
    with importing():
        from guantong.flows.audit import command as auditing
        from guantong.flows.audit.kinds import AsOfAudit
        from guantong.rules.policy.load import load

    if options["cluster"] and options["workers"]:
        raise click.BadParameter("集群的进程数由它的 worker 决定，不能与 --cluster 同用", param_hint="--workers")
    if len(policies) > 1 and as_of_column is None:
        raise click.UsageError("--policy 写了几次：一次审核只用一个政策；只有回溯审核（--as-of-column）才能用几个政策，逐人按审核日选用")
    (rule, *others), kind = [load(name) for name in policies], AsOfAudit(as_of or dt.date.today())
    if as_of_column is not None:
        excluded = {"--as-of": as_of, "--cluster": options["cluster"], "--publish": publish}
        kind, rule = auditing.retrospective(as_of_column, [rule, *others], excluded)
    limit = threshold if publish else None
    request = auditing.AuditRequest(list(paths), kind=kind, policy=rule, use_cache=not no_cache, publish_threshold=limit, **options)
    return auditing.main(request)


@cli.command(
    help="报送前检查花名册：各栏读作什么，哪一格有问题，哪些必填格空着，照这样报送谁可以申报、谁即将符合、谁因缺什么待核实。\n\n"
    "退出码：0 没有错误；1 有错误，或没有读到可以审核的人员；2 未能运行。",
)
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=FILE)
@click.option("--as-of", callback=_date, metavar="DATE", help="审核基准日，如 2025-12-31  [默认：今天]")
@click.option("--report", type=FILE, metavar="FILE.xlsx", help="另写一个工作簿：照这样报送会得到的单位工作簿，和标出问题的花名册")
@_WORDS
def check(files: tuple[Path, ...], as_of: dt.date | None, report: Path | None, words: Path | None) -> int:
    """Look at rosters as their own enterprise would before handing them in."""
    from guantong.flows.commands.check import check_files

    return check_files(list(files), DEFAULT_POLICY, as_of or dt.date.today(), words, _named(report, ".xlsx", "--report"))


@cli.command(help="生成花名册样表：分组的表头、填写提示、下拉选项、填表说明和示例行。用 --from 可以带入去年花名册中的人员。")
@click.argument("file", metavar="FILE", type=FILE)
@click.option(
    "--from", "roster", type=FILE, metavar="花名册", help="已有的花名册：把其中的人员按规定的栏目填入样表，读不出的照原样填入并标红"
)
@click.option("--as-of", callback=_date, metavar="DATE", help="审核基准日，决定要填哪三年的年度考核  [默认：今天]")
def template(file: Path, roster: Path | None, as_of: dt.date | None) -> None:
    """Write the roster form, blank or filled in."""
    from guantong.flows.commands.template import make_form

    make_form(_named(file, ".xlsx", "FILE"), as_of or dt.date.today(), roster)


@cli.command(
    help="供双击“开始”使用：检查拖来的花名册，或审核拖来的文件夹，并打开结果；没有 PATH 时询问，或生成花名册样表。\n\n"
    "检查结果写在花名册旁边，审核结果写在文件夹旁边。",
)
@click.argument("paths", metavar="[PATH...]", nargs=-1, type=FILE)
@click.pass_context
def start(ctx: click.Context, paths: tuple[Path, ...]) -> int:
    """Check, audit or write the form, and open what came of it; see flows/commands/start.py."""
    from guantong.flows.commands import start as starting

    return starting.start(
        list(paths),
        check=lambda file, report: ctx.invoke(check, files=(file,), report=report),
        audit=lambda folder, out: ctx.invoke(audit, paths=(folder,), out=out),
        template=lambda file: ctx.invoke(template, file=file),
    )


@cli.command(
    help="解释一个人的审核结果：每条路径、每个条件、依据的单元格和条款。\n\nDIR 是审核输出文件夹；FILE 是花名册的文件名或其中一部分；ROW 是 Excel 行号，也可以写姓名。",
)
@click.argument("folder", metavar="DIR", type=FILE)
@click.argument("file", metavar="FILE")
@click.argument("row_or_name", metavar="ROW")
@click.option("--sheet", metavar="NAME", help="工作表名（文件中有几张花名册时）")
def explain(folder: Path, file: str, row_or_name: str, sheet: str | None) -> None:
    """Explain one person's verdicts."""
    from guantong.flows.commands import explain as explain_command

    show(explain_command.explain(folder, file, row_or_name, sheet))


@cli.command(
    help="政策模拟：假如政策改了，谁会增加、谁会减少。DIR 是审核输出文件夹；不再读取花名册。\n\n"
    "例：--set s2t-engineer.years=2　--set partial_dates=latest　--set unknown.post=review",
)
@click.argument("folder", metavar="DIR", type=FILE)
@click.option("--set", "changes", multiple=True, metavar="路径.口径=值", help="改一处；可写几次。路径和口径见 guantong policies")
@click.option("--policy", type=POLICY, metavar="ID或FILE", help="换成另一个政策；并列出两者不同的条款")
@click.option("--as-of", callback=_date, metavar="DATE", help="换一个审核基准日")
@click.option("--settings", is_flag=True, help="逐个改动每条解释口径，列出各影响多少人：宜先明确哪一条")
@click.option("--out", type=FILE, metavar="FILE.xlsx", help="把全部表格写入工作簿（含增减人员的姓名，请按个人信息保管）")
@click.option("--csv", type=FILE, metavar="FILE.csv", help="把各表写入一个 CSV 文件，没有人名")
def simulate(
    folder: Path, changes: tuple[str, ...], policy: str | None, as_of: dt.date | None, settings: bool, out: Path | None, csv: Path | None
) -> None:
    """What would change, were the policy so; see flows/commands/simulate.py."""
    from guantong.flows.commands.simulate import show_sensitivity, simulate_policy

    if settings and (changes or policy or as_of):
        raise click.UsageError("--settings 单独使用")
    out, csv = _named(out, ".xlsx", "--out"), _named(csv, ".csv", "--csv")
    if settings:
        return show_sensitivity(folder, out, csv)
    if not (changes or policy or as_of):
        raise click.UsageError("请用 --set、--policy 或 --as-of 写明改什么")
    simulate_policy(folder, list(changes), policy, as_of, out, csv)


@cli.command(
    help="比较两次审核：谁新符合、谁不再符合、谁出现或消失、哪些问题已改正，以及原因（单元格、基准日或政策）。\n\nDIR_A 是前一次的输出文件夹，DIR_B 是后一次的。",
)
@click.argument("earlier", metavar="DIR_A", type=FILE)
@click.argument("later", metavar="DIR_B", type=FILE)
@click.option("--out", type=FILE, metavar="FILE.xlsx", help="写成工作簿，逐人列出（含姓名，请按个人信息保管）")
def compare(earlier: Path, later: Path, out: Path | None) -> None:
    """What changed between two audits; see flows/commands/compare.py."""
    from guantong.flows.commands.compare import compare_outputs

    compare_outputs(earlier, later, _named(out, ".xlsx", "--out"))


def _named(path: Path | None, suffix: str, option: str) -> Path | None:
    """A file to be written. Raises ClickException where it is called otherwise, or stands already: it may be anybody's."""
    if path is not None and path.suffix.lower() != suffix:
        raise click.BadParameter(f"须保存为 {suffix}", param_hint=option)
    if path is not None and os.path.lexists(path):
        raise click.ClickException(f"“{path}”已存在，为免覆盖，请换一个文件名")
    return path


@cli.command(
    help="定时审核收件箱，直到按 Ctrl-C 停止；--once 只运行一次，供系统自带的定时任务使用。\n\n"
    "花名册没有变化时不审核。每次审核的结果在 --runs 下单独的文件夹里；打开那里的 index.html，看各次的结果、拒收的文件和还没有报送的单位。\n\n"
    "--once 的退出码：0 完成，或没有变化；1 完成，但有文件被拒收；2 未能运行。",
)
@click.option("--inbox", required=True, type=FILE, metavar="DIR", help="收件箱：各单位报送的花名册所在的文件夹")
@click.option("--cron", metavar="CRON", help='运行时间“分 时 日 月 星期”，按本机时区，如 "0 2 1 * *" 为每月 1 日 2 时')
@click.option("--once", is_flag=True, help="只运行一次")
@click.option("--runs", default="audit-runs", show_default=True, type=FILE, metavar="DIR", help="各次结果所在的文件夹")
@click.option(
    "--policy",
    type=POLICY,
    default=DEFAULT_POLICY,
    metavar="ID或FILE",
    help="政策编号（见 guantong policies）或政策文件  [默认：liaoning-2019-2]",
)
@click.option(
    "--expected",
    type=FILE,
    metavar="FILE",
    help="应报单位名单（.xlsx 或 .csv，有单位名称或统一社会信用代码）：index.html 列出还没有报送的单位",
)
@click.option("--keep", default=12, show_default=True, type=click.IntRange(1), metavar="N", help="保留最近几次的结果，更早的删除")
@click.option(
    "--webhook",
    metavar="URL",
    envvar="GUANTONG_WEBHOOK",
    help="每次运行后发送汇总数（JSON，不含个人信息）到此地址；也可用环境变量 GUANTONG_WEBHOOK",
)
@click.option(
    "--publish-every",
    type=click.Choice(["quarter", "half-year", "year"]),
    default="half-year",
    show_default=True,
    help="公布表多久更新一次，与 --publish 同用：每季度、每半年或每年的第一次审核；其余各次的 bureau/publish 仍是那一套",
)
@_lists
def serve(cron: str | None, once: bool, publish: bool, threshold: int, **options: Any) -> int:
    """Audit an inbox by a schedule, or once; see flows/schedule/command.py. ``options``: those that are fields of `ServeRequest` as they are."""
    from guantong.flows.schedule import command as serving
    from guantong.flows.schedule.request import ServeRequest

    if not (once or cron):
        raise click.UsageError("请用 --cron 写明运行时间，或用 --once 只运行一次")
    request = ServeRequest(publish_threshold=threshold if publish else None, **options)
    return serving.main(request, None if once else cron)


@cli.command(help="列出已有政策；给出 ID（或政策文件）时，列出它的路径、条件、荣誉、解释口径和条款。")
@click.argument("policy", metavar="[ID]", required=False, type=POLICY)
@click.option("--sql", "as_sql", is_flag=True, help="列出每条路径的 SQL，写在它的条款之下，供核对")
def policies(policy: str | None, as_sql: bool) -> None:
    """The policies known, or one as a readable rule book, or the SQL of its routes."""
    from guantong.rules.policy.load import known_policies, load

    if as_sql and policy is None:
        raise click.UsageError("--sql 请写明政策编号（见 guantong policies）或政策文件")
    if as_sql and policy is not None:
        from guantong.rules.evaluation.printed import routes_as_sql

        show(routes_as_sql(load(policy)))
        return
    if policy is not None:
        from guantong.rules.rulebook import as_text

        show(as_text(load(policy)))
        return
    for name in known_policies():
        about = load(name).document.policy
        show(f"{name}　{about.document}　{about.title}（{about.status}）")


@cli.command(help="生成虚构的花名册，供试用和测速。人员、单位和证件号码均为虚构。")
@click.argument("folder", metavar="DIR", type=FILE)
@click.option("--persons", type=click.IntRange(1), default=1000, show_default=True, help="总人数")
@click.option("--files", "count", type=click.IntRange(1), default=10, show_default=True, help="文件数")
@click.option("--seed", type=int, default=1, show_default=True, help="随机种子，相同则内容相同")
def sample(folder: Path, persons: int, count: int, seed: int) -> None:
    """Write made-up rosters."""
    from guantong.flows.storage.disk import whole_folder
    from guantong.sample_data.rosters import write_many

    with whole_folder(folder) as whole:
        written = write_many(whole, persons, count, seed, os.cpu_count() or 1)
    show(f"已在 {folder} 生成 {count} 个虚构花名册，共 {written} 行")


@cli.command(
    help="显示缓存、密钥和运行记录的位置及缓存大小；可核对或删除缓存。\n\n--check 的退出码：0 没有损坏；1 有损坏（已删除），或未能核对。",
)
@click.option("--delete", is_flag=True, help="删除缓存的全部内容（任何时候都可以删，只是下次审核较慢）")
@click.option("--check", is_flag=True, help="逐份核对缓存的内容，删除损坏的")
def cache(delete: bool, check: bool) -> int:
    """Show where personal data is kept beside the outputs, or check or delete the cache; see docs/personal-data.zh.md."""
    from guantong.flows.commands.cache import check_cache, delete_cache, describe_places

    if delete and check:
        raise click.UsageError("--delete 和 --check 不能同用")
    message, sound = check_cache() if check else (delete_cache() if delete else describe_places(), True)
    show(message)
    return 0 if sound else 1
