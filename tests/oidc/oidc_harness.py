"""What the tests of signing in with npm's oidc-provider share: the provider as a process, and a browser."""
import http.cookiejar
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "azure")]

# pylint: disable=wrong-import-position
from storage import find_node  # noqa: E402

SECRET = "a secret: + %41"


def is_installed() -> bool:
    """Says so if it is not."""
    if find_node() and (HERE / "node_modules/oidc-provider").exists():
        return True
    print("the identity provider is not installed, so signing in with one was not tried; run "
          "`tools/install_dependencies oidc`")
    return False


class IdentityProvider:
    """`provider.mjs` on a free port."""

    def __init__(self, redirect_url: str):
        self._process = subprocess.Popen(  # pylint: disable=consider-using-with
            [find_node(), str(HERE / "provider.mjs"), redirect_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, encoding="utf-8")
        self.issuer = self._process.stdout.readline().strip()

    def stop(self) -> None:
        self._process.communicate()


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Page(NamedTuple):
    status: int
    headers: dict[str, str]  # names in lower case
    text: str


class Browser:
    """Keeps cookies, and follows redirects as far as it is told."""

    def __init__(self) -> None:
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies, _NoRedirect, urllib.request.ProxyHandler({}))

    def open(self, url: str, form: dict[str, str] | None = None, accept: str = "*/*") -> Page:
        data = urllib.parse.urlencode(form).encode() if form else None
        request = urllib.request.Request(url, data, {"Accept": accept})
        try:
            answer = self._opener.open(request, timeout=60)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return Page(answer.status, headers, answer.read().decode())

    def come_back(self, url: str, name: str, redirect_url: str) -> str:
        """Signs in at the provider; the URL that the provider sends the browser to then."""
        form = None
        for _ in range(20):
            page = self.open(url, form)
            if page.status == 200:  # a form: first to sign in, then to consent
                prompt = re.search(r'name="prompt" value="(\w+)"', page.text)
                where = re.search(r'action="([^"]+)"', page.text)[1]
                form = {"prompt": prompt[1], "login": name, "password": "any"}
            else:
                where = urllib.parse.urljoin(url, page.headers.get("location") or _fail(url, page))
                form = None
            if where.startswith(redirect_url):
                return where
            url = where
        raise AssertionError("the provider sends the browser round in circles")

    def sign_in(self, url: str, name: str, redirect_url: str) -> str:
        """The query that the provider sends back."""
        return urllib.parse.urlsplit(self.come_back(url, name, redirect_url)).query


def _fail(url: str, page: Page) -> str:
    raise AssertionError(f"{url}: {page.status} {page.text}")
