"""The real server, asked by plain HTTP."""

import http.cookiejar
import re
import stat
import urllib.parse
import urllib.request
from pathlib import Path

from tests.dashboards.published import publish
from tests.dashboards.serving import fill, served


def test_it_serves_notices_a_swap_and_ends_quietly(tmp_path: Path) -> None:
    fill(tmp_path)
    with served(tmp_path) as address:
        browser = _signed_in(address)
        for run in ("run-2", "run-3"):
            publish(tmp_path, run)
            pages = [_read(browser, f"{address}{page}") for page in ("/", "/overdue", "/help")]
            assert all("Praktijk Voorbeeld" in page for page in pages)
        assert _read(browser, f"{address}/static/koers/koers.svg").startswith("<svg")

    said = (tmp_path / "serve.log").read_text("utf-8").splitlines()
    here = address.replace("localhost", "127.0.0.1")
    assert said == [
        f"Op koers is at {here}/ (stop with Ctrl+C).",
        f"Look around without a password, as anyone of the demo: {here}/sign-in/demo",
    ]
    assert stat.S_IMODE((tmp_path / "journal.sqlite3").stat().st_mode) == 0o600


def _signed_in(address: str) -> urllib.request.OpenerDirector:
    cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
    browser = urllib.request.build_opener(cookies)
    picker = f"{address}/sign-in/demo"
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', _read(browser, picker))
    assert token is not None
    form = {"csrfmiddlewaretoken": token[1], "person": "bea"}
    browser.open(picker, urllib.parse.urlencode(form).encode()).close()
    return browser


def _read(browser: urllib.request.OpenerDirector, url: str) -> str:
    with browser.open(url) as response:
        return str(response.read().decode())
