"""Find a Chromium, or install Debian's, and drive it with Playwright."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes.util import find_library
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "msedge")
APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
# Without these a browser calls its maker's hosts at every start; as root it needs --no-sandbox.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@contextmanager
def launch() -> Iterator[Browser]:
    """Run a headless browser that can show Chinese while the context is open."""
    path = chromium_path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, headless=True, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def chromium_path() -> str:
    """Return a Chromium, Chrome or Edge: CHANGTONG_CHROMIUM, one that is installed, or one installed now."""
    if (missing := missing_packages()) and may_install():
        install(missing)
    if found := find():
        return found
    raise RuntimeError("no browser for the tests: install Chromium or Chrome, or name one in CHANGTONG_CHROMIUM")


def missing_packages() -> list[str]:
    """Return the Debian packages that bring what this machine lacks."""
    present = {
        "chromium": find() is not None,
        "fonts-noto-cjk": shows_chinese(),
        # Playwright's driver is a Node.js that is linked with it.
        "libatomic1": find_library("atomic") is not None,
    }
    return [package for package, is_present in present.items() if not is_present]


def find() -> str | None:
    if chosen := os.environ.get("CHANGTONG_CHROMIUM"):
        if not Path(chosen).is_file():
            raise RuntimeError(f"CHANGTONG_CHROMIUM names {chosen}, which is no file")
        return chosen
    in_path = (shutil.which(command) for command in COMMANDS)
    return next(filter(None, in_path), None) or next(filter(os.path.exists, APPLICATIONS), None)


def shows_chinese() -> bool:
    # A Debian without fontconfig's lister has no fonts either; elsewhere nothing is installed anyway.
    if not (lister := shutil.which("fc-list")):
        return False
    return bool(subprocess.run([lister, ":lang=zh-cn", "family"], capture_output=True, check=True).stdout.strip())


def may_install() -> bool:
    return shutil.which("apt-get") is not None and os.geteuid() == 0


def install(packages: list[str]) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        result = subprocess.run(["apt-get", "--quiet", *arguments], env=environment, capture_output=True, text=True)
        if result.returncode:
            raise RuntimeError(f"apt-get {' '.join(arguments)} failed:\n{result.stdout}{result.stderr}")
