"""Workbooks in order whose cells are not: texts made for regular expressions, tables without end, characters that are none."""

from __future__ import annotations

from collections.abc import Iterator

from tests.support.hostile_files.hostile_xlsx import HEADERS, LARGE, PERSON, READ, ROSTER, Case, book, cell, people, row, sheet, swollen

MOST = 32_767  # characters that Excel lets a cell have


def texts() -> dict[str, str]:
    """Texts that a careless pattern takes for ever over, and some that a careless program believes."""
    units = {
        "brackets": "(",
        "brackets-mixed": "([【<",
        "brackets-filled": "(a",
        "brackets-closed": "()",
        "blanks": "2019 ",
        "no-blanks": "a ",
        "gaps": "1\u200b",
        "ones": "1",
        "digits": "1 ",
        "dates": "2019年8月",
        "times": "T 1",
        "chinese": "一",
        "tens": "十",
        "twenty": "二十",
        "and": "和",
        "and-honour": "全国技术能手和",
        "honour": "全国技术能手 ",
        "honour-near": "推荐",
        "honour-twice": "推荐技术能",
        "worlds": "世界技能大赛",
        "worlds-third": "第三届世赛",
        "prefix": "1.",
        "prefix-year": "2019年",
        "prefix-won": "荣获",
        "suffix": "称号",
        "suffix-bracket": "(2019年)",
        "suffix-number": "(1号",
        "slashes": "/",
        "level": "高级工/",
        "level-words": "职业技能等级",
        "title": "工程师、",
        "months": "共约",
        "units": "单位:",
        "ids": "210100198501010014",
        "phones": "13800138000 ",
        "footers": "填报人:",
        "wide": "１",
        "marks": "*：",
        "combining": "e\u0301\u0323",
        "ligature": "\ufdfa",
        "emoji": "👨‍👩‍👧",
        "private": "\ue000",
        "high": "\U0010ffff",
        "arabic": "٣",
        "bidi": "\u202e",
    }
    made = {name: (unit * MOST)[:MOST] for name, unit in units.items()}
    made |= {
        "space-inside": "2019" + " " * 30_000 + "x",
        "space-ideographic": "全国" + "\u3000" * 30_000 + "x",
        "time-inside": "2019-01-01 " + "T " * 15_000 + "1:00x",
        "bracket-digits": "全国技术能手(" + "1" * 30_000,
        "bracket-number": "全国技术能手(" + "1号" * 15_000 + "x",
        "chinese-ten": "一" * 5_000 + "十",
        "ten-ten": "二十十",
        "ten-twenty": "一十二十年",
        "dates-split": "、".join(["2019.8"] * 4000),
        "honours-split": "、".join(["全国技术能手"] * 4000),
        "exponent": "1e99999",
        "number-long": "1" + "0" * 5_000,
        "surrogates": "_xD800__xDFFF_",
        "nul": "_x0000_赵_x0000_",
        "combining-run": "e" + "\u0301\u0323" * 16_000,
        "controls": "_x0001__x000D__x001F__x007F_",
        "nonsense": "\ufffd\uffef\U0001ffff",
        "formula": "=cmd|' /C calc'!A0",
        "link": '=HYPERLINK("http://192.0.2.1/","x")',
        "plus": "+1+cmd",
        "at": "@SUM(A1)",
        "page": "<script src=http://192.0.2.1/></script>&amp;<b>",
        "percent": "%s%n{0}{x!r}${IFS}`id`$(id)",
        "path": "../../../etc/passwd",
        "query": "'; DROP TABLE rows; --",
        "none": "None",
        "nan": "nan",
        "reference": "#REF!",
        "infinity": "Infinity",
        "year-0": "0000-00-00",
        "superscript": "²⁰¹⁹年①月",
    }
    return made


def hostile_texts() -> Iterator[Case]:
    """A person whose every cell is the text, one whose name alone is not, and one whose name alone is."""
    for name, text in texts().items():
        named = [text, *PERSON[1:]]
        yield name, book(sheet(people([text] * 10, ["赵示例", *[text] * 9], named))), READ
    headers = [f"{header}{text[:3000]}" for header in HEADERS for text in ("", *texts().values())]
    yield "in-headers", book(sheet(row(headers) + row(PERSON * len(texts())))), READ
    above = "".join(row([text, f"单位名称：{text}"[:MOST], text]) for text in texts().values())
    yield "in-preamble", book(sheet(above + ROSTER)), READ
    below = "".join(row(["", "", text, text]) for text in texts().values())
    yield "in-footer", book(sheet(ROSTER + below)), READ
    yield "in-sheet-names", book(sheet(ROSTER + row([*PERSON[:-1], "210100198501010014"]))), READ


def tables() -> Iterator[Case]:
    """Tables that go on for ever, in one direction or the other."""
    yield "headers-16384", book(sheet(row([*HEADERS, *[f"栏目{at}的说明" for at in range(16_374)]]) + row(PERSON))), READ
    yield "headers-16384-near", book(sheet(row([*HEADERS, *[f"技能等级取得时间{at}" for at in range(16_374)]]) + row(PERSON))), READ
    yield "headers-long", book(sheet(row([*HEADERS, *[f"{at}{'技能等级' * 8000}" for at in range(150)]]) + row(PERSON))), READ
    for name, header in (
        ("names", "姓名"),
        ("levels", "技能等级"),
        ("numbers", "身份证号"),
        ("dates", "技能等级取得时间"),
        ("honours", "荣誉称号"),
    ):
        same = [f"{at}" for at in range(3000)]
        yield f"{name}-3000", book(sheet(row([*HEADERS, *[header] * 3000]) + row([*PERSON, *same]) * 20)), READ
    years = [f"{year}年度考核" for year in range(1900, 2100)]
    yield "years", book(sheet(row([*HEADERS, *years]) + row([*PERSON, *["合格"] * 200]) * 100)), READ
    yield "naming-rows", book(swollen(row(["姓名", *"甲乙丙丁戊"]), 50_000)), {"no_roster_sheet"} | LARGE
    yield "naming-rows-wide", book(swollen(row(["姓名", *["甲"] * 200]), 5_000)), {"no_roster_sheet"} | LARGE
    yield "naming-cells", book(sheet(row(["姓名"] * 16_000) * 3)), {"no_roster_sheet"}
    yield "headers-again", book(swollen(row(HEADERS), 50_000, before=_open(ROSTER))), READ | LARGE
    other = people(headers=[*HEADERS[:-1], "工种"])
    yield "tables-alternate", book(swollen(ROSTER + other, 2_500)), READ | LARGE
    yield "preamble-rows", book(swollen(row(["说明：本表由各单位填报"]), 100_000, after=f"{ROSTER}</sheetData></worksheet>")), READ | LARGE
    yield "footer-rows", book(swollen(row(["填报人：赵示例", "", "", "备注：无"]), 100_000, before=_open(ROSTER))), READ | LARGE
    yield "cells-longest", book(sheet(people(*[["满" * MOST] * 10] * 20))), READ
    yield "cells-longest-different", book(sheet(people(*[[f"{at}{'满' * (MOST - 9)}"] * 10 for at in range(50)]))), READ | LARGE
    yield (
        "cells-different",
        book(sheet("".join(row([f"甲{at}{column}" for column in range(10)]) for at in range(20_000)))),
        {"no_roster_sheet"},
    )
    many = "".join(row(PERSON) for _ in range(20_000))
    merges = "".join(f'<mergeCell ref="C{at}:C{at + 1}"/>' for at in range(2, 20_000, 2))
    yield "merged-people", book(sheet(row(HEADERS) + many, after=f"<mergeCells>{merges}</mergeCells>")), READ
    alone = "".join(row([f"车间{at}"]) for at in range(20_000))
    titles = "".join(f'<mergeCell ref="A{at}:J{at}"/>' for at in range(3, 20_000))
    yield "merged-titles", book(sheet(ROSTER + alone, after=f"<mergeCells>{titles}</mergeCells>")), READ
    yield (
        "numbers-as-text",
        book(sheet(people(["赵示例", "２１０１００１９８５０１０１００１４", *PERSON[2:]]) + row([]) + "<row><c><v>1</v></c></row>")),
        READ,
    )
    yield (
        "ids-everywhere",
        book(
            sheet(
                row(["210100198501010014"])
                + row([*HEADERS[:-1], "备注210100198501010014"])
                + row([*PERSON[:2], "厂210100198501010014", *PERSON[3:]])
            )
        ),
        READ,
    )
    yield "cell-types", book(sheet(row(HEADERS) + f"<row>{cell('赵示例')}" + '<c t="b"><v>1</v></c>' * 9 + "</row>")), READ


def _open(rows: str) -> str:
    return sheet(rows).decode().partition("</sheetData>")[0]
