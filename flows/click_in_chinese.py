"""Click's own words in Chinese: headings of --help and errors of arguments."""

from __future__ import annotations

from collections.abc import Sequence

import click

_HEADINGS = {"Options": "选项", "Commands": "命令", "Arguments": "参数"}


class _Formatter(click.HelpFormatter):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, "用法：")

    def write_heading(self, heading: str) -> None:
        super().write_heading(_HEADINGS.get(heading, heading))


class _Context(click.Context):
    formatter_class = _Formatter


class _Chinese:
    context_class = _Context

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(
            *arguments, **{"options_metavar": "[选项]", "context_settings": {"help_option_names": ["-h", "--help"]}, **options}
        )

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = "显示帮助并退出"
        return option


class Command(_Chinese, click.Command):
    """A command whose help is in Chinese."""


class Group(_Chinese, click.Group):
    """A group of commands whose help is in Chinese."""

    command_class = Command

    def __init__(self, *arguments: object, **options: object) -> None:
        super().__init__(*arguments, subcommand_metavar="命令 ...", **options)


def _describe_near(known: Sequence[str] | None) -> str:
    """Of what there is what comes nearest to a mistyped word; '' where nothing does."""
    return f"，是不是 {known[0]}？" if known else ""


def describe_error(error: click.ClickException) -> str:
    """The message of a wrong command line, in Chinese, with a hint at --help."""
    tail = "\n用 --help 查看用法。" if isinstance(error, click.UsageError) else ""
    if isinstance(error, click.NoSuchOption):
        return f"没有选项 {error.option_name}{_describe_near(error.possibilities)}{tail}"
    if isinstance(error, click.exceptions.NoSuchCommand):
        return f"没有命令 {error.command_name}{_describe_near(error.possibilities)}{tail}"
    if isinstance(error, click.MissingParameter):
        return f"缺少参数 {error.param.make_metavar(error.ctx) if error.param and error.ctx else ''}{tail}"
    if isinstance(error, click.BadParameter):
        name = error.param_hint or (error.param.opts[0] if error.param else "")
        return f"参数 {name} 有误：{error.message}{tail}"
    return f"{error.format_message()}{tail}"
