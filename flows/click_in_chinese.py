"""Click's own words in Chinese: headings of --help and errors of arguments."""

from __future__ import annotations

import re
from collections.abc import Sequence

import click

from guantong.flows.waiting import wait_for

_HEADINGS = {"Options": "选项", "Commands": "命令", "Arguments": "参数"}


# What click says of what was typed, and the same in Chinese; tests/command/test_typed_wrongly.py fails where a release says it otherwise.
_MESSAGES = {
    re.compile(r"'?(.*?)'? is not in the range (.*)\.", re.DOTALL): "“{0}”不在范围 {1} 内",
    re.compile(r"'(.*)' is not a valid (?:integer|integer range|float|float range)\.", re.DOTALL): "“{0}”不是数字",
    re.compile(r"'(.*)' is not one of (.*)\.", re.DOTALL): "“{0}”不是可选的值，可选 {1}",
    re.compile(r"Option '(.*)' requires an argument\."): "后面要写值",
    re.compile(r"Option '(.*)' does not take a value\."): "后面不写值",
    re.compile(r"Got unexpected extra arguments? \((.*)\)", re.DOTALL): "多写了 {0}",
}


class _Formatter(click.HelpFormatter):
    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        super().write_usage(prog, args, "用法：")

    def write_heading(self, heading: str) -> None:
        self.write(f"{'':>{self.current_indent}}{_HEADINGS.get(heading, heading)}：\n")


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
    """A command whose help is in Chinese, and which says that it has begun."""

    def invoke(self, ctx: click.Context) -> object:
        wait_for("正在准备")
        return super().invoke(ctx)


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
        name = error.param_hint or _name_of(error.param, error.ctx)
        return f"参数 {name} 有误：{_in_chinese(error.message)}{tail}"
    if isinstance(error, click.BadOptionUsage):
        return f"选项 {error.option_name}：{_in_chinese(error.format_message())}{tail}"
    return f"{_in_chinese(error.format_message())}{tail}"


def _name_of(param: click.Parameter | None, ctx: click.Context | None) -> str:
    """What a parameter is called in the help: --out, PATH..."""
    if isinstance(param, click.Argument) and ctx is not None:
        return param.make_metavar(ctx)
    return param.opts[0] if param else ""


def _in_chinese(message: str) -> str:
    """What click or a type of it says of a value; a message of ours stays as it is."""
    for english, chinese in _MESSAGES.items():
        if found := english.fullmatch(message):
            return chinese.format(*found.groups())
    return message
