"""What check-page looks at. Exit status 1 where something is wrong."""

import pathlib
import sys

import html5lib
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

WIDTHS = {"phone": 360, "tablet": 768, "desktop": 1280}


def main(path, folder=None):
    page_file = pathlib.Path(path).resolve()
    text = page_file.read_text(encoding="utf-8")
    wrong = []
    parser = html5lib.HTMLParser(strict=False)
    parser.parse(text)
    # SVG in HTML has xmlns, which html5lib knows; everything that it complains of counts.
    wrong += [f"html5lib: {place} {code}" for place, code, _ in parser.errors]
    size = len(text.encode())
    print(f"{size / 1e6:.2f} MB")
    if size > 3e6:
        wrong.append("larger than 3 MB")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            for name, width in WIDTHS.items():
                wrong += check(browser, page_file, scheme, name, width, folder)
        browser.close()
    for line in wrong:
        print(line)
    print("all is well" if not wrong else f"{len(wrong)} things are wrong")
    return 1 if wrong else 0


def check(browser, page_file, scheme, name, width, folder):
    wrong = []
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, device_scale_factor=1)
    page = context.new_page()
    page.on("request", lambda request: request.url.startswith(("file:", "data:"))
            or wrong.append(f"{name}: asks for {request.url}"))
    page.on("console", lambda message: message.type == "error"
            and wrong.append(f"{name}: {message.text}"))
    page.goto(page_file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    if over > 0:
        wrong.append(f"{name}: the page is {over} pixels too wide")
    # Tab reaches every link, summary and table, and one sees where one is.
    wanted = page.evaluate(
        "document.querySelectorAll('a[href], summary, [tabindex=\"0\"]').length")
    seen = set()
    for _ in range(wanted + 2):
        page.keyboard.press("Tab")
        seen.add(page.evaluate(
            "(e => e === document.body ? '' : [...document.querySelectorAll('*')].indexOf(e)"
            " + getComputedStyle(e).outlineStyle)(document.activeElement)"))
    seen.discard("")
    if len(seen) < wanted or any(place.endswith("none") for place in map(str, seen)):
        wrong.append(f"{name}: Tab reaches {len(seen)} of {wanted}, or does not show where")
    found = Axe().run(page).response["violations"]
    for violation in found:
        places = [node["target"] for node in violation["nodes"]][:3]
        wrong.append(f"axe, {scheme}, {name}: {violation['id']}: {violation['help']} {places}")
    if folder:
        page.evaluate("document.querySelectorAll('details').forEach(d => d.open = false)")
        page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
        target = pathlib.Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=target / f"{scheme}-{name}.png", full_page=True)
    context.close()
    return wrong


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))
