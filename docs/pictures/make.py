"""Make the pictures of README.zh.md and README.md anew, from what the commands write of made-up people: `.venv/bin/python docs/pictures/make.py`.

It needs LibreOffice, pdftoppm and pdftotext (poppler), Chromium, and a Chinese font.
"""

from __future__ import annotations

import html
import subprocess
import sys
import tempfile
from pathlib import Path

PICTURES = Path(__file__).resolve().parent
GUANTONG = Path(sys.executable).with_name("guantong")
AS_OF = "2025-12-31"
WIDTH, HEIGHT = 1000, 560  # pixels
FOLDER_WINDOW = """<meta charset="utf-8"><style>body {{ margin: 24px; font: 16px sans-serif; width: 760px }} p {{ margin: 0; padding: 0 16px; line-height: 36px; white-space: nowrap }}
main {{ border: 1px solid #b8c0cc; border-radius: 8px; overflow: hidden }} h1 {{ font-size: 16px; margin: 0; padding: 12px 16px; background: #e8edf3 }}
b {{ display: inline-block; width: 22px; height: 16px; margin-right: 12px; vertical-align: -2px; border-radius: 2px; background: #1d6f42 }}</style>
<main><h1>{folder}</h1>{files}</main>"""


def guantong(*words: object, status: int = 0) -> None:
    """Run a command, which has to end with ``status``."""
    done = subprocess.run([GUANTONG, *map(str, words)], capture_output=True, text=True)
    if done.returncode != status:
        sys.exit(f"guantong {words[0]} ended with {done.returncode}:\n{done.stdout}{done.stderr}")


def take_sheet(workbook: Path, says: str, name: str, zoom: float = 1.0, height: int = HEIGHT) -> None:
    """The upper left of the first page of a workbook's print on which ``says`` stands; ``zoom`` 1 shows its whole width."""
    folder = workbook.parent
    subprocess.run(["soffice", "--headless", "--convert-to", "pdf", "--outdir", folder, workbook], check=True, capture_output=True)
    pdf = folder / f"{workbook.stem}.pdf"
    pages = subprocess.run(["pdftotext", "-layout", pdf, "-"], check=True, capture_output=True, text=True).stdout.split("\f")
    number = next(number for number, text in enumerate(pages, 1) if says in text)
    margin = int(12 * zoom)
    size = [
        "-scale-to-x",
        str(int(WIDTH * zoom)),
        "-scale-to-y",
        "-1",
        "-x",
        str(margin),
        "-y",
        str(margin),
        "-W",
        str(WIDTH - 12),
        "-H",
        str(height),
    ]
    subprocess.run(["pdftoppm", "-png", "-singlefile", "-f", str(number), *size, pdf, PICTURES / name], check=True)


def take_page(address: Path, name: str, width: int, height: int) -> None:
    """A web page as Chromium shows its top."""
    how = ["--headless", "--no-sandbox", "--hide-scrollbars", f"--window-size={width},{height}", f"--screenshot={PICTURES / name}.png"]
    subprocess.run(["chromium", *how, address.as_uri()], check=True, capture_output=True)


def take_folder(folder: Path, work: Path) -> None:
    """A folder's files, as a window of it would list them."""
    files = "".join(f"<p><b></b>{html.escape(path.name)}</p>" for path in sorted(folder.iterdir()))
    listing = work / "listing.html"
    listing.write_text(FOLDER_WINDOW.format(folder=html.escape(folder.name), files=files), encoding="utf-8")
    take_page(listing, "inbox", 810, 110 + 36 * len(list(folder.iterdir())))


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        inbox, out = work / "2025年第四季度花名册", work / "out"
        guantong("template", work / "form.xlsx", "--as-of", AS_OF)
        take_sheet(work / "form.xlsx", "姓名", "form", zoom=1.7, height=170)
        guantong("sample", inbox, "--persons", 400, "--files", 8)
        guantong("audit", inbox, "--out", out, "--as-of", AS_OF)
        take_folder(inbox, work)
        take_page(out / "bureau" / "report.html", "page", 1200, 900)
        roster = sorted(inbox.iterdir())[0]
        unit = next(path for path in sorted((out / "units").iterdir()) if path.name.rpartition("-")[0] in roster.name)
        take_sheet(unit, "可申报人员", "unit", height=480)
        guantong("check", roster, "--report", work / "checked.xlsx", "--as-of", AS_OF, status=1)
        take_sheet(work / "checked.xlsx", "先做什么", "checked", height=450)
        take_sheet(work / "checked.xlsx", "原表未作改动", "copy", zoom=1.35)


if __name__ == "__main__":
    main()
