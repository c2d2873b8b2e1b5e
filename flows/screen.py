"""Text of commands on the screen: in plain lines, whatever file, sheet or cell is quoted in them."""

from __future__ import annotations

import click

from guantong.flows.current_folder import with_relative_paths
from guantong.schemas.text import safe_lines


def show(text: str, err: bool = False) -> None:
    """Print ``text`` with paths relative to the user's folder. No character quoted in it steers the terminal or hides what follows."""
    click.echo(safe_lines(with_relative_paths(text)), err=err)
