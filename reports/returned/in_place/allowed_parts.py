"""Which parts of an enterprise's workbook may travel on in its copy.

A list of what may: a part stays only where a part that stays relates to it in a way listed here, and its content is declared
to be what such a part is. Macros, controls, embedded objects, links to other files, data connections, add-ins and
whatever comes to be in later versions are not on it.
"""

import re
from collections import Counter

from guantong.reports.returned.in_place.clean_drawings import clean_chart, clean_drawing, clean_table
from guantong.reports.returned.in_place.parts import PACKAGE, Parts, Relation
from guantong.reports.returned.xml_trees import OFFICE

SHEETML = "application/vnd.openxmlformats-officedocument.spreadsheetml."
DRAWINGML = "application/vnd.openxmlformats-officedocument.drawingml."
WORKBOOK = f"{SHEETML}sheet.main+xml"  # the copy's own: with no macro, no template
WORKBOOKS = {
    WORKBOOK, f"{SHEETML}template.main+xml",
    *(f"application/vnd.ms-excel.{kind}.macroEnabled.main+xml" for kind in ("sheet", "template", "addin")),
}  # fmt: skip
IMAGES = {f"image/{kind}" for kind in ("png", "jpeg", "jpg", "gif", "bmp", "tiff", "x-emf", "x-wmf", "emf", "wmf")}
CHARTS = "http://schemas.microsoft.com/office/2011/relationships/"
IMAGE = ("image", IMAGES)
DRAWING = ("drawing", {f"{DRAWINGML.removesuffix('drawingml.')}drawing+xml"})
VML = ("vml", {"application/vnd.openxmlformats-officedocument.vmlDrawing"})
PRINTER = ("printer", {f"{SHEETML}printerSettings"})
# Kind of part → how it may relate to another → the kind of that, and its content types.
ALLOWED: dict[str, dict[str, tuple[str, set[str]]]] = {
    "": {
        f"{OFFICE}/officeDocument": ("workbook", WORKBOOKS),
        f"{PACKAGE}relationships/metadata/core-properties": ("core", {"application/vnd.openxmlformats-package.core-properties+xml"}),
        f"{OFFICE}/extended-properties": ("app", {"application/vnd.openxmlformats-officedocument.extended-properties+xml"}),
        f"{OFFICE}/custom-properties": ("custom", {"application/vnd.openxmlformats-officedocument.custom-properties+xml"}),
    },
    "workbook": {
        f"{OFFICE}/worksheet": ("worksheet", {f"{SHEETML}worksheet+xml"}),
        f"{OFFICE}/chartsheet": ("chartsheet", {f"{SHEETML}chartsheet+xml"}),
        f"{OFFICE}/styles": ("styles", {f"{SHEETML}styles+xml"}),
        f"{OFFICE}/theme": ("theme", {"application/vnd.openxmlformats-officedocument.theme+xml"}),
        f"{OFFICE}/sharedStrings": ("strings", {f"{SHEETML}sharedStrings+xml"}),
        f"{OFFICE}/sheetMetadata": ("metadata", {f"{SHEETML}sheetMetadata+xml"}),
    },
    "worksheet": {
        f"{OFFICE}/drawing": DRAWING,
        f"{OFFICE}/vmlDrawing": VML,
        f"{OFFICE}/comments": ("comments", {f"{SHEETML}comments+xml"}),
        f"{OFFICE}/printerSettings": PRINTER,
        f"{OFFICE}/image": IMAGE,
        f"{OFFICE}/table": ("table", {f"{SHEETML}table+xml"}),
    },
    "chartsheet": {f"{OFFICE}/drawing": DRAWING, f"{OFFICE}/vmlDrawing": VML, f"{OFFICE}/printerSettings": PRINTER},
    "drawing": {f"{OFFICE}/image": IMAGE, f"{OFFICE}/chart": ("chart", {f"{DRAWINGML}chart+xml"})},
    "chart": {
        f"{OFFICE}/image": IMAGE,
        f"{OFFICE}/chartUserShapes": ("shapes", {f"{DRAWINGML}chartshapes+xml"}),
        f"{OFFICE}/themeOverride": ("theme", {"application/vnd.openxmlformats-officedocument.themeOverride+xml"}),
        f"{CHARTS}chartStyle": ("style", {"application/vnd.ms-office.chartstyle+xml"}),
        f"{CHARTS}chartColorStyle": ("style", {"application/vnd.ms-office.chartcolorstyle+xml"}),
    },
    "shapes": {f"{OFFICE}/image": IMAGE},
    "vml": {f"{OFFICE}/image": IMAGE},
    "theme": {f"{OFFICE}/image": IMAGE},
}  # fmt: skip
CLEAN = {"drawing": clean_drawing, "shapes": clean_drawing, "chart": clean_chart, "table": clean_table}
# What is left out, by what its parts are called.
LOST = {
    "宏": "vbaproject|vbadata|/macrosheets/", "外部链接和数据连接": "/externallinks/|/connections.xml|/querytables/|/model/|/customdata/",
    "图片、图形和图表": "/drawings/drawing|/media/|/charts/|/chartsheets/|/diagrams/|/cellimages|/ink/|/chartex",
    "数据透视表": "/pivot", "切片器": "/slicer|/timeline", "批注的回复": "/threadedcomments/|/persons/", "打印机设置": "/printersettings/",
    "嵌入的对象和控件": "/embeddings/|/activex/|/ctrlprops/|/dialogsheets/", "加载项和自定义界面": "/webextensions/|customui|/attachedtoolbars",
    "数字签名": "_xmlsignatures/", "缩略图": "thumbnail", "自定义的 XML 数据": "customxml/|/xmlmaps", "修订记录": "/revisions/|/usernames",
}  # fmt: skip
SILENT = re.compile(r"\.rels$|^\[content_types\]\.xml$|calcchain\.xml$|/$")  # what Excel makes anew


class PartsSelection:
    """Goes from part to part and decides; `lost` counts what was taken out of parts that stay."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.lost: Counter[str] = Counter()
        self._decided: dict[str, str | None] = {}
        self.former_parts: set[str] = set()  # parts of a former list of findings, which no one will miss

    def keep(self, key: str, kind: str) -> bool:
        """Keep a part, and those to which it relates and may; False where something in it forbids that.

        A part that stands twice among what is kept is kept once, for the one kind of part that it is.
        """
        if key in self._decided:
            return self._decided[key] == kind
        self._decided[key] = kind
        kept = [relation for relation in self.parts.relations(key) if self._may(kind, relation)]
        clean = CLEAN.get(kind)
        if clean:
            is_inward = self.parts.edit(key, lambda root: clean(root, kept, self.lost))
            if not is_inward:
                self._decided[key] = None
                return False
        self.parts.restrict(key, kept)
        if key:
            self.parts.kept[key] = WORKBOOK if kind == "workbook" else self.parts.type_of(key)
        return True

    def _may(self, kind: str, relation: Relation) -> bool:
        if kind in ("drawing", "shapes") and relation.kind == f"{OFFICE}/hyperlink" and relation.target.startswith("#"):
            return True
        rule = ALLOWED.get(kind, {}).get(relation.kind)
        if relation.part is None or rule is None or relation.part in self.former_parts:
            return False
        return self.parts.type_of(relation.part) in rule[1] and self.keep(relation.part, rule[0])

    def pass_over(self, key: str) -> None:
        """Comment a part, and those to which it relates, as ours: they go without a word."""
        if key not in self.former_parts:
            self.former_parts.add(key)
            for relation in self.parts.relations(key):
                if relation.part and relation.kind.rpartition("/")[2] in ("comments", "vmlDrawing", "printerSettings", "drawing", "image"):
                    self.pass_over(relation.part)

    def left_out(self) -> list[str]:
        """What the parts that are not kept were, and what was taken out of the others."""
        names = [
            f"/{key}" for key in self.parts.names if key not in self.parts.kept and key not in self.former_parts and not SILENT.search(key)
        ]
        known = {word: re.compile(pattern) for word, pattern in LOST.items()}
        words = [word for word, pattern in known.items() if any(map(pattern.search, names))]
        if any(not any(pattern.search(name) for pattern in known.values()) for name in names):
            words.append("其他组成部分")
        return [*words, *(word for word, count in self.lost.items() if count and word not in words)]
