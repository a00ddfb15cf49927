"""Takes a picture of TensorBoard in a browser without a window.

    python screenshot.py ADDRESS FILE

The browser is the one of the chapter "Draw a digit".
"""
import asyncio
import sys

from playwright.async_api import async_playwright

from onecnn import cells


async def take(address: str, file: str) -> None:
    browsers = cells.program("05_deployment/06_browser/in_chromium")
    async with async_playwright() as playwright:
        browser = await browsers.launch(playwright)
        page = await browser.new_page(viewport={"width": 1100, "height": 620})
        await page.goto(f"{address}/?darkMode=false&tagFilter=loss&smoothing=0#timeseries")
        await page.wait_for_selector("scalar-card", timeout=60_000)
        await page.wait_for_timeout(3_000)  # lines are drawn after the card is there
        await page.screenshot(path=file)
        await browser.close()


if __name__ == "__main__":
    asyncio.run(take(*sys.argv[1:]))
