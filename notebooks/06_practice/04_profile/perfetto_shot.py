"""Takes a picture of Perfetto's page in a browser without a window.

    python perfetto_shot.py ADDRESS FILE

The browser is the one of the chapter "Draw a digit". It reaches nothing but this machine.
"""
import asyncio
import sys

from playwright.async_api import async_playwright

from onecnn import cells


async def at_home(route, request):
    await (route.continue_() if request.url.startswith(HOME) else route.abort())


async def take(address, file):
    browsers = cells.program("05_deployment/06_browser/in_chromium")
    async with async_playwright() as playwright:
        browser = await browsers.launch(playwright)
        page = await browser.new_page(viewport={"width": 1200, "height": 640})
        await page.route("**/*", at_home)
        await page.goto(address)
        await page.wait_for_selector(".pf-track", timeout=30_000)
        await page.get_by_text("python ").first.click()  # unfolds the process
        await page.wait_for_timeout(3_000)  # it is drawn after it is there
        await page.screenshot(path=file)
        await browser.close()


if __name__ == "__main__":
    HOME = sys.argv[1]
    asyncio.run(take(*sys.argv[1:]))
