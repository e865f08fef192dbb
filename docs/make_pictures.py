"""Make the pictures of the pages: the replays beside what was counted, the map, the head of a brief.

Run by ``make pictures``; takes some minutes.
"""

import sys
from pathlib import Path
from typing import Any

from forestall.cli.demonstration import PICTURED, REPLAYED
from forestall.crisis import Crisis, open_crisis
from forestall.reporting import report
from forestall.reporting.pictures import write_pictures
from forestall.runs import run

ROOT = Path(__file__).resolve().parents[1]
IMAGES = ROOT / "docs" / "images"


def replays(outcome: Crisis) -> list[Crisis]:
    """Return the shipped crisis after its stages at the moments of the demo."""
    return [run(outcome, as_of=moment).crisis for moment in REPLAYED[PICTURED]]


def photograph(page: Path, image: Path) -> bool:
    """Take a picture of the head of a page; return whether a browser was found."""
    sys.path.insert(0, str(ROOT / "tests" / "browser"))
    from find_browser import browser_path
    from playwright.sync_api import sync_playwright

    path = browser_path()
    if path is None:
        return False
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu"]
        browser: Any = playwright.chromium.launch(executable_path=path, args=flags)
        sheet = browser.new_page(viewport={"width": 1180, "height": 1000}, color_scheme="light")
        sheet.goto(page.as_uri())
        sheet.screenshot(path=str(image))
        browser.close()
    return True


def main() -> None:
    """Make all pictures and say where they are."""
    outcome = open_crisis(PICTURED)
    done = replays(outcome)
    paths = write_pictures(done, outcome=outcome, folder=IMAGES)
    page = report(done[-1], outcome=outcome).save(ROOT / "build" / "brief.html")
    image = IMAGES / "brief.png"
    paths += [image] if photograph(page, image) else []
    sys.stdout.write("\n".join(str(path.relative_to(ROOT)) for path in paths) + "\n")


if __name__ == "__main__":
    main()
