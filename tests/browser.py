"""A headless chromium to open finished pages with: one process, driven over its debugging pipe."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

BROWSER = shutil.which("chromium")
ABSENT = "chromium is not on PATH: pages not opened"
needs_browser = pytest.mark.skipif(BROWSER is None, reason=ABSENT)
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60.0  # seconds until a browser that answers nothing is given up
DRAWN = """
new Promise((resolve) => {
  const wanted = document.querySelectorAll("script[data-figure]").length;
  const boxes = () => JSON.stringify(
    [...document.querySelectorAll("svg, svg text")].map((e) => e.getBoundingClientRect()));
  let before = "", still = 0, looks = 0;
  const look = () => {
    const now = boxes();
    const drawn = document.querySelectorAll(".js-plotly-plot:has(svg.main-svg)").length === wanted;
    still = drawn && now === before ? still + 1 : 0;
    before = now;
    if (still >= 3 || ++looks > 600) resolve(still >= 3);
    else setTimeout(look, 30);
  };
  look();
})
"""


FIRST = """
document.addEventListener("DOMContentLoaded", () => {
  window.places = () => [...document.querySelectorAll("h1, h2, h3, p, li, table, figure, footer")]
    .map((e) => Math.round(e.getBoundingClientRect().top)).concat(document.documentElement.scrollHeight);
  window.first = window.places();
});
"""
KEYS = {"Tab": 9, "Enter": 13}
PRINT_WIDTH = 665  # pixels between the margins of A4


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A page as the browser drew it: what it asked for, what it said, and ways to look at and to use it."""

    browser: Browser
    session: str
    finished: bool
    requests: tuple[str, ...]
    complaints: tuple[str, ...]

    def ask(self, script: str) -> Any:
        """The value of a JavaScript expression in the page."""
        return self.browser.evaluate(self.session, script)

    def press(self, key: str) -> None:
        """A key of the keyboard, down and up."""
        told = {"key": key, "code": key, "windowsVirtualKeyCode": KEYS[key]}
        text = {"text": "\r"} if key == "Enter" else {}
        self.browser.call("Input.dispatchKeyEvent", self.session, type="keyDown", **told, **text)
        self.browser.call("Input.dispatchKeyEvent", self.session, type="keyUp", **told)

    def lay_on_paper(self) -> None:
        """The page as it is laid out on A4 from here on."""
        paper = {"width": PRINT_WIDTH, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
        self.browser.call("Emulation.setDeviceMetricsOverride", self.session, **paper)
        self.browser.call("Emulation.setScrollbarsHidden", self.session, hidden=True)
        self.browser.call("Emulation.setEmulatedMedia", self.session, media="print")
        self.ask("dispatchEvent(new Event('beforeprint')), new Promise((done) => setTimeout(done, 50))")

    def print(self) -> bytes:
        """The page as PDF."""
        told = self.browser.call("Page.printToPDF", self.session, preferCSSPageSize=True)
        return base64.b64decode(told["data"])


class Browser:
    """The browser's debugging protocol: JSON messages over two pipes, each ended by a zero byte."""

    def __init__(self, sends: int, reads: int) -> None:
        self._sends, self._reads, self._rest, self._number = sends, reads, b"", 0
        self._events: list[dict[str, Any]] = []

    def call(self, method: str, session: str = "", **params: Any) -> Any:
        """The result of one command; events that come before it are kept."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": params}
        os.write(
            self._sends, json.dumps(message | ({"sessionId": session} if session else {})).encode() + b"\0"
        )
        while True:
            told = self._read()
            if told.get("id") == self._number:
                assert "error" not in told, (method, told["error"])
                return told["result"]
            if "method" in told:
                self._events.append(told)

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._reads], [], [], PATIENCE)
            assert ready, "the browser does not answer"
            more = os.read(self._reads, 1 << 20)
            assert more, "the browser has ended"
            self._rest += more
        text, self._rest = self._rest.split(b"\0", 1)
        told = dict(json.loads(text))
        if told.get("method") == "Page.javascriptDialogOpening":  # a page that waits for it answers nothing
            close = {"id": -1, "method": "Page.handleJavaScriptDialog", "params": {"accept": False}}
            os.write(self._sends, json.dumps(close | {"sessionId": told["sessionId"]}).encode() + b"\0")
        return told

    def evaluate(self, session: str, script: str) -> Any:
        """The value of an expression, awaited."""
        wanted = {"expression": script, "awaitPromise": True, "returnByValue": True}
        told = self.call("Runtime.evaluate", session, **wanted)
        assert "exceptionDetails" not in told, told["exceptionDetails"]
        return told["result"].get("value")

    @contextmanager
    def open(self, path: Path, width: int) -> Iterator[Opened]:
        """The page at `path` in a window `width` pixels wide, once its figures stand still."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        screen = {"width": width, "height": 1123, "deviceScaleFactor": 1, "mobile": False}
        self.call("Emulation.setDeviceMetricsOverride", session, **screen)
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable", session)
        self.call("Page.addScriptToEvaluateOnNewDocument", session, source=FIRST)
        self._events.clear()
        self.call("Page.navigate", session, url=path.as_uri())
        while not any(event.get("method") == "Page.loadEventFired" for event in self._events):
            self._events.append(self._read())
        self._events = [event for event in self._events if "method" in event]
        finished = self.evaluate(session, DRAWN)
        yield Opened(
            browser=self,
            session=session,
            finished=finished,
            requests=tuple(self._requests()),
            complaints=tuple(self._complaints()),
        )
        self.call("Target.closeTarget", targetId=target)

    def _requests(self) -> Iterator[str]:
        for event in self._events:
            if event["method"] == "Network.requestWillBeSent":
                yield event["params"]["request"]["url"]

    def _complaints(self) -> Iterator[str]:
        for event in self._events:
            told = event.get("params", {})
            if event["method"] == "Page.javascriptDialogOpening":
                yield f"a dialog: {told['message']}"
            elif event["method"] == "Runtime.exceptionThrown":
                yield json.dumps(told["exceptionDetails"])
            elif event["method"] == "Runtime.consoleAPICalled":
                yield json.dumps(told["args"])
            elif event["method"] == "Log.entryAdded":
                yield told["entry"]["text"]


@contextmanager
def start_browser(profile: Path) -> Iterator[Browser]:
    """A browser of its own with an empty profile; ended at the end."""
    assert BROWSER is not None
    read_there, send_here = os.pipe()
    read_here, send_there = os.pipe()
    pipes = f'exec "$@" 3</dev/fd/{read_there} 4>/dev/fd/{send_there}'
    command = [BROWSER, *FLAGS, "--remote-debugging-pipe", f"--user-data-dir={profile}"]
    process = subprocess.Popen(
        ["/bin/sh", "-c", pipes, "sh", *command],
        pass_fds=(read_there, send_there),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(read_there)
    os.close(send_there)
    browser = Browser(send_here, read_here)
    try:
        yield browser
        browser.call("Browser.close")
    finally:
        os.close(send_here)
        os.close(read_here)
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def browse(path: Path, *arguments: str) -> str:
    """What the browser prints when it opens the page with these arguments."""
    assert BROWSER is not None
    once = ["--virtual-time-budget=10000", f"--user-data-dir={path.parent / 'profile'}"]
    command = [BROWSER, *FLAGS, *once, *arguments, path.as_uri()]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)
    return done.stdout.decode()
