"""Which formulas of an enterprise's workbook may travel in the copy that goes back to it.

They are its own work and stay; but the copy is made on the bureau's machine and opened there without Excel's
guard for files from elsewhere, so nothing that reaches out of the workbook stays: other workbooks, programs
(DDE), the web, functions that are not Excel's plain ones.
"""

import re
from functools import lru_cache

from openpyxl.utils import FORMULAE

TEXTS = re.compile(r'"(?:[^"]|"")*"')
OUTSIDE = re.compile(r"""\[[^\[\]]*\](?:[^\[\]!'"()+\-*/,;:^&=<>\s]*|[^\[\]!"]*')!|\||[\\]|://""")
SHEET = re.compile(r"'(?:[^']|'')*'!")
FUNCTION = re.compile(r"([^\W\d][\w.]*)\s*\(")
REACHING = set("HYPERLINK RTD CUBEKPIMEMBER CUBEMEMBER CUBEMEMBERPROPERTY CUBERANKEDMEMBER CUBESET CUBESETCOUNT CUBEVALUE".split())
LATER = set(
    "IFS SWITCH IFNA XOR CONCAT TEXTJOIN XLOOKUP XMATCH FILTER SORT SORTBY UNIQUE SEQUENCE LET LAMBDA MAXIFS MINIFS DAYS ISOWEEKNUM"
    " NUMBERVALUE UNICODE UNICHAR AGGREGATE SHEET SHEETS ISFORMULA FORMULATEXT TEXTBEFORE TEXTAFTER TEXTSPLIT VSTACK HSTACK TOROW TOCOL"
    " TAKE DROP CHOOSECOLS CHOOSEROWS SINGLE ANCHORARRAY RANK.EQ RANK.AVG MODE.SNGL STDEV.S STDEV.P VAR.S VAR.P PERCENTILE.INC"
    " PERCENTILE.EXC QUARTILE.INC QUARTILE.EXC CEILING.MATH FLOOR.MATH DATESTRING NUMBERSTRING COUNTBLANK WORKDAY.INTL DATEDIF DBCS".split()
)
KNOWN = (set(FORMULAE) | LATER) - REACHING


def leads_out(text: str) -> bool:
    """Whether a formula, or a place that a link leads to, is in another workbook or program, or on the web."""
    return OUTSIDE.search(TEXTS.sub('""', text)) is not None


@lru_cache(maxsize=1 << 14)
def stays(formula: str) -> bool:
    """Whether a formula (without or with its =) may be carried over."""
    bare = TEXTS.sub('""', formula)
    if leads_out(formula):
        return False
    names = (name.upper().removeprefix("_XLFN.").removeprefix("_XLWS.") for name in FUNCTION.findall(SHEET.sub("", bare)))
    return all(name in KNOWN for name in names)
