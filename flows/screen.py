"""What commands say on the screen: in plain lines, whatever file, sheet or cell is quoted in them."""

from __future__ import annotations

import click

from guantong.flows.current_folder import shown
from guantong.schemas.text import lines


def tell(text: str, err: bool = False) -> None:
    """Print ``text``, paths as the user calls them; of what it quotes nothing steers the terminal or hides what follows."""
    click.echo(lines(shown(text)), err=err)
