"""A walk through an XML part by its tags, nothing expanded or fetched."""

from __future__ import annotations

from collections.abc import Callable
from xml.parsers import expat

from guantong.schemas.files.refusal import Refusal


def walk(
    part: bytes,
    start: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None] | None = None,
    text: Callable[[str], None] | None = None,
) -> None:
    """Call back for each tag and text of an XML part. Nothing is expanded or fetched: an entity of its own refuses the file.

    Raises Refusal where the part is not well-formed.
    """
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.EntityDeclHandler = _refuse_entity
    parser.buffer_text = True
    try:
        parser.Parse(part, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Refusal("damaged", "XML 内容有误") from error


def _refuse_entity(*_: object) -> None:
    raise Refusal("damaged", "XML 中含有自定义实体")
