"""Each vendored library draws in a browser, under a content policy without inline script or style elements."""

from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, expect

ROOT = Path(__file__).resolve().parents[2]
# dmn-js alone writes style attributes into the markup it draws.
POLICY = (
    "default-src 'self'; img-src 'self' data:; font-src 'self' data:; style-src 'self'; style-src-attr 'unsafe-inline'"
)


class Files(SimpleHTTPRequestHandler):
    """Serves the test's page, and the vendored files below /vendor."""

    def translate_path(self, path: str) -> str:
        if path.startswith("/vendor/"):
            return str(ROOT / "app" / "static" / path.split("?")[0].removeprefix("/"))
        return super().translate_path(path)

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *_: object) -> None:
        """Keep the test's output clean."""


@pytest.fixture
def address() -> Iterator[str]:
    handler = partial(Files, directory=str(Path(__file__).parent / "libraries"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()
        thread.join()


def test_every_library_draws_and_the_content_policy_refuses_nothing(browser: Browser, address: str) -> None:
    troubles: list[str] = []
    page = browser.new_page()
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on("requestfailed", lambda request: troubles.append(request.url))
    page.on("response", lambda response: response.status < 400 or troubles.append(f"{response.status} {response.url}"))
    page.goto(address)

    expect(page.locator("html")).to_have_attribute("data-drawn", "object object true")
    expect(page.locator("#diagram")).to_contain_text("受理")
    expect(page.locator("#diagram .bjs-powered-by")).to_be_visible()
    expect(page.locator("#table")).to_contain_text("工作日")
    expect(page.locator("#form label").first).to_contain_text("姓名")
    expect(page.locator(".ts-wrapper")).to_be_visible()
    assert page.locator("#chart").evaluate(
        "canvas => canvas.getContext('2d').getImageData(0, 0, 300, 150).data.some(Boolean)"
    )
    assert page.locator("#icon").evaluate("svg => svg.getBBox().width > 10")

    page.locator("#htmx").click()
    expect(page.locator("#answer")).to_contain_text("Draw one small thing")
    assert page.locator("html").get_attribute("data-refused") is None
    assert troubles == []
    page.close()
