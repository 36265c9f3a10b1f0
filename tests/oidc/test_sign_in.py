"""Signs in with npm's oidc-provider, as a browser would: test_sign_in.py PROGRAM. Says so if it is not installed."""
import http.cookiejar
import json
import re
import subprocess
import sys
import unittest
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "azure")]

# pylint: disable=wrong-import-position
from storage import find_node  # noqa: E402

REDIRECT_URL = "https://costs.example.com/sign-in/back"
SECRET = "a secret: + %41"

program = ""
node = ""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


class Browser:
    """Follows redirects within the provider, with its cookies, until it is sent to us."""

    def __init__(self) -> None:
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies, _NoRedirect, urllib.request.ProxyHandler({}))

    def _open(self, url: str, form: dict[str, str] | None) -> tuple[str | None, str]:
        data = urllib.parse.urlencode(form).encode() if form else None
        try:
            with self._opener.open(url, data, timeout=60) as answer:
                return None, answer.read().decode()
        except urllib.error.HTTPError as answer:
            with answer:
                where = answer.headers.get("Location")
                if where is None:
                    raise AssertionError(f"{url}: {answer.code} {answer.read().decode()}") from None
                return urllib.parse.urljoin(url, where), ""

    def sign_in(self, url: str, name: str) -> str:
        """The query that the provider sends back."""
        form = None
        for _ in range(20):
            where, page = self._open(url, form)
            if where is None:  # a form: first to sign in, then to consent
                prompt = re.search(r'name="prompt" value="(\w+)"', page)
                where = re.search(r'action="([^"]+)"', page)[1]
                form = {"prompt": prompt[1], "login": name, "password": "any"}
            else:
                form = None
            if where.startswith(REDIRECT_URL):
                return urllib.parse.urlsplit(where).query
            url = where
        raise AssertionError("the provider sends the browser round in circles")


class SignIn(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.provider = subprocess.Popen(  # pylint: disable=consider-using-with
            [node, str(HERE / "provider.mjs"), REDIRECT_URL], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, encoding="utf-8")
        cls.issuer = cls.provider.stdout.readline().strip()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.provider.communicate()

    def sign_in(self, client: str, secret: str, change=lambda query: query) -> dict:
        with subprocess.Popen([program, self.issuer, client, secret, REDIRECT_URL], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, encoding="utf-8") as process:
            url = process.stdout.readline().strip()
            said, _ = process.communicate(change(Browser().sign_in(url, "anna")) + "\n", timeout=60)
        return json.loads(said)

    def test_each_algorithm_and_way_to_authenticate(self) -> None:
        for algorithm in ("RS256", "PS256", "ES256"):
            for method in ("client_secret_basic", "none"):
                with self.subTest(algorithm=algorithm, method=method):
                    who = self.sign_in(f"{algorithm} {method}", "" if method == "none" else SECRET)
                    self.assertEqual(who, {"issuer": self.issuer, "subject": "anna", "name": "Person anna",
                                           "user_name": "anna@example.com", "email": "anna@mail.example.com",
                                           "is_email_verified": True})

    def test_a_wrong_secret_is_refused(self) -> None:
        said = self.sign_in("RS256 client_secret_basic", "another")
        self.assertEqual(said["error"], "sign-in-with-provider-failed")
        self.assertIn("invalid_client", said["why"])

    def test_a_wrong_code_is_refused(self) -> None:
        said = self.sign_in("RS256 none", "", lambda query: query.replace("code=", "code=x"))
        self.assertIn("invalid_grant", said["why"])

    def test_an_answer_of_another_provider_is_refused(self) -> None:
        said = self.sign_in("RS256 none", "", lambda query: re.sub("iss=[^&]*", "iss=https://x.example.com", query))
        self.assertIn("another provider", said["why"])


def main(arguments: list[str]) -> int:
    global program, node  # pylint: disable=global-statement
    program = arguments[0]
    node = find_node() or ""
    if not node or not (HERE / "node_modules/oidc-provider").exists():
        print("the identity provider is not installed, so signing in with one was not tried; run "
              "`tools/install_dependencies oidc`")
        return 0
    return 0 if unittest.main(argv=[sys.argv[0]], exit=False, verbosity=2).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
