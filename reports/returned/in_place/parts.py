"""The parts of an .xlsx package: read where they are asked for, changed, left out, and written again.

What is not changed is copied as it is packed.
"""

import posixpath
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote

from lxml import etree
from lxml.etree import Element as element_of
from lxml.etree import SubElement

from guantong.reports.returned.xml_trees import UNUSUAL, Element, NotEditable, local, parse, written
from guantong.schemas.files.zip_package import PackageWriter, ZipPackage

TYPES = "[Content_Types].xml"
Result = TypeVar("Result")
PACKAGE = "http://schemas.openxmlformats.org/package/2006/"


@dataclass(frozen=True, slots=True)
class Relation:
    """id, kind: the address of its type. target: as written; part: the part's key, None for what is outside or not there."""

    id: str
    kind: str
    target: str
    part: str | None


class Parts:
    """A package. A part is known by its key: its name in lower case, which no two share. ``""`` is the package itself.

    Raises NotEditable where it is put together oddly, schemas.inspection.Refusal where a part is damaged.
    """

    def __init__(self, package: ZipPackage) -> None:
        self._package = package
        if any(not name.isascii() or "//" in name for name in self._package.parts):
            raise NotEditable(UNUSUAL)
        self.names = {key: info.filename.replace("\\", "/") for key, info in self._package.parts.items()}
        self._defaults, self._overrides = self._types()
        self._relations: dict[str, list[Relation]] = {}
        self._saved: dict[str, list[Relation]] = {}
        self._content: dict[str, bytes] = {}
        self._numbers: dict[str, int] = {}
        self.kept: dict[str, str] = {}  # key → content type

    def _types(self) -> tuple[dict[str, str], dict[str, str]]:
        defaults, overrides = {}, {}
        for item in parse(self._package.read(TYPES)):
            if local(item) == "Default":
                defaults[item.get("Extension", "").lower()] = item.get("ContentType", "")
            elif local(item) == "Override":
                overrides[unquote(item.get("PartName", "")).lower().lstrip("/")] = item.get("ContentType", "")
        return defaults, overrides

    def type_of(self, key: str) -> str:
        """The content type of a part; '' where none is declared."""
        return self._overrides.get(key) or self._defaults.get(key.rpartition(".")[2], "")

    def read(self, key: str) -> bytes:
        """A part as it is now. Raises NotEditable where its bytes are not those that were packed."""
        if key not in self._content:
            content = self._package.read(key)
            if zlib.crc32(content) != self._package.parts[key].CRC:
                raise NotEditable("原表的压缩包有误")
            return content
        return self._content[key]

    def write(self, key: str, content: bytes) -> None:
        """Change a part that is kept."""
        self._content[key] = content

    def edit(self, key: str, change: Callable[[Element], Result]) -> Result:
        """Change the tree of a part; its bytes stay as they are where that changes nothing. Gives what `change` gives."""
        root = parse(self.read(key))
        before = etree.tostring(root)
        result = change(root)
        if etree.tostring(root) != before:
            self.write(key, written(root))
        return result

    def add(self, pattern: str, kind: str, content: bytes) -> str:
        """Put in a new part of the content type `kind`, called by `pattern` with the first number that is free; gives its key."""
        number = next(n for n in count(self._numbers.get(pattern, 1)) if pattern.format(n).lower() not in self.names)
        self._numbers[pattern] = number + 1
        key = pattern.format(number).lower()
        self.names[key], self.kept[key] = pattern.format(number), kind
        self.write(key, content)
        return key

    def relations(self, key: str) -> list[Relation]:
        """The relations of a part in the original. Raises NotEditable where two have one id."""
        if key not in self._relations:
            rels = _rels(key)
            found = self._read_relations(key, rels) if rels in self._package.parts else []
            if len({relation.id for relation in found}) < len(found):
                raise NotEditable(UNUSUAL)
            self._relations[key] = found
        return self._relations[key]

    def _read_relations(self, key: str, rels: str) -> list[Relation]:
        relations, folder = [], posixpath.dirname(key)
        for item in parse(self.read(rels)):
            target, part = item.get("Target", ""), None
            if item.get("TargetMode") != "External" and not target.startswith("#"):
                path = unquote(target).replace("\\", "/").lower()
                part = path[1:] if path.startswith("/") else posixpath.normpath(posixpath.join(folder, path))
            relations.append(Relation(item.get("Id", ""), item.get("Type", ""), target, part if part in self.names else None))
        return relations

    def restrict(self, key: str, kept: list[Relation]) -> None:
        """Leave to a part's copy these of its relations."""
        self._saved[key] = kept

    def saved(self, key: str) -> list[Relation]:
        """The relations that a part has in the copy; a target of `#` and a place is in the same part."""
        return [relation for relation in self._saved.get(key, []) if relation.part in self.kept or relation.part is None]

    def relate(self, key: str, kind: str, target: str) -> str:
        """Relate a part's copy to the part `target`; gives the id."""
        known = {relation.id for relation in self.relations(key)} | {relation.id for relation in self.saved(key)}
        new = next(f"rIdG{n}" for n in range(1, len(known) + 2) if f"rIdG{n}" not in known)
        self._saved[key] = [*self._saved.get(key, []), Relation(new, kind, f"/{self.names[target]}", target)]
        return new

    def save(self, target: Path) -> None:
        """Write what is kept. The same parts give the same bytes."""
        with PackageWriter(target) as copy:
            copy.add(TYPES, self._types_xml())
            for key in ["", *(key for key in self.names if key in self.kept)]:
                self._save_part(copy, key)

    def _save_part(self, copy: PackageWriter, key: str) -> None:
        """Write a part, as it is packed where nothing in it is changed, and its relations."""
        if key in self._content:
            copy.add(self.names[key], self._content[key])
        elif key:
            self.read(key)  # which tells whether it is whole
            self._add_packed(copy, key, self.names[key])
        if relations := self.saved(key):
            name, rels = _rels(self.names.get(key, "")), _rels(key)
            if relations == self.relations(key):
                self._add_packed(copy, rels, name)
            else:
                copy.add(name, _relations_xml(relations))

    def _add_packed(self, copy: PackageWriter, key: str, name: str) -> None:
        original = self._package.parts[key]
        copy.add_packed(name, self._package.packed(original), original)

    def _types_xml(self) -> bytes:
        known = {"rels": "application/vnd.openxmlformats-package.relationships+xml", "xml": "application/xml"}
        types = element_of("Types", xmlns=f"{PACKAGE}content-types")
        others = [(key, kind) for key, kind in sorted(self.kept.items()) if known.setdefault(key.rpartition(".")[2], kind) != kind]
        for extension, kind in known.items():
            SubElement(types, "Default", Extension=extension, ContentType=kind)
        for key, kind in others:
            SubElement(types, "Override", PartName=f"/{self.names[key]}", ContentType=kind)
        return written(types)


def _rels(name: str) -> str:
    folder, _, last = name.rpartition("/")
    return f"{folder}/_rels/{last}.rels".lstrip("/")


def _relations_xml(relations: list[Relation]) -> bytes:
    root = element_of("Relationships", xmlns=f"{PACKAGE}relationships")
    for relation in relations:
        SubElement(root, "Relationship", Id=relation.id, Type=relation.kind, Target=relation.target)
    return written(root)
