"""Browsers sign in to the service with npm's oidc-provider: test_service_sign_in.py PROGRAM. Says so if it is not
installed."""
import json
import re
import sys
import time
import unittest
import urllib.parse
from pathlib import Path

from oidc_harness import Browser, IdentityProvider, is_installed, SECRET

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / "service")]

# pylint: disable=wrong-import-position
import service_harness  # noqa: E402
from service_harness import harness  # noqa: E402

TENANT = "8d1f0f6e-0000-4000-8000-000000000001"
OTHER_TENANT = "8d1f0f6e-0000-4000-8000-000000000002"
CLIENT = "ES256 client_secret_basic"
FAILED = "sign-in-with-provider-failed"


class ServiceSignIn(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.world = harness.World()
        cls.addClassCleanup(cls.world.close)
        cls.world.run("init")
        (cls.world.folder / "customers.csv").write_text("id,name\ncontoso,Contoso Ltd\n", encoding="utf-8")
        cls.world.run("customer", "import", cls.world.folder / "customers.csv", "--yes")
        for name in ("anna", "bo", "dora"):
            cls.world.run("user", "add", f"{name}@example.com", "--role", "analyst")
        cls.world.run("user", "tenants", "--map", TENANT, "--customer", "contoso")
        cls.owner = service_harness.add_token(cls.world, "owner", "owner")
        cls.service = service_harness.Service(cls.world)
        cls.addClassCleanup(cls.service.stop)
        cls.url = f"http://127.0.0.1:{cls.service.port}"
        cls.provider = IdentityProvider(f"{cls.url}/sign-in/return")
        cls.addClassCleanup(cls.provider.stop)
        cls.secret_file = cls.world.folder / "secret.txt"
        cls.secret_file.write_text(SECRET, encoding="utf-8")

    def setUp(self) -> None:
        self.set_up_provider("--trust-names")

    def set_up_provider(self, *options: str) -> harness.Outcome:
        return self.world.run("user", "provider", "set", "--issuer", self.provider.issuer, "--client-id", CLIENT,
                              "--secret-file", self.secret_file, "--url", self.url, *options)

    def begin(self, browser: Browser, query: str = "") -> str:
        """Where the provider is."""
        begun = browser.open(f"{self.url}/sign-in/provider{query}")
        self.assertEqual(begun.status, 302, begun)
        cookie = begun.headers["set-cookie"]
        self.assertRegex(cookie, r"^apportion-sign-in=\S+; Path=/sign-in; HttpOnly; SameSite=Lax; Max-Age=600$")
        return begun.headers["location"]

    def come_back(self, browser: Browser, name: str, query: str = "") -> str:
        """The URL of this service to which the provider sends the browser that has signed in."""
        return browser.come_back(self.begin(browser, query), name, f"{self.url}/sign-in/return")

    def sign_in(self, name: str, browser: Browser | None = None) -> dict:
        """Who the browser is then."""
        browser = browser or Browser()
        back = browser.open(self.come_back(browser, name))
        self.assertEqual((back.status, back.headers.get("location")), (303, "/"), back)
        return json.loads(browser.open(f"{self.url}/api/v1/me").text)

    def logged_failure(self, number: str) -> str:
        """The line of the log about a request that failed, once it is written."""
        deadline = time.monotonic() + service_harness.SECONDS_MAX
        while time.monotonic() < deadline:
            for line in list(self.service.log):
                if number in line and "failure" in line:
                    return line
            time.sleep(0.01)
        raise AssertionError(f"no line about {number}: {self.service.log}")

    def assert_refused(self, page, status: int, problem: str) -> dict:
        self.assertEqual(page.status, status, page)
        said = json.loads(page.text)
        self.assertEqual(said["id"], problem)
        return {key: value for key, value in said.items() if key != "request_id"}

    def test_first_by_the_name_then_by_the_subject(self) -> None:
        who = self.sign_in("anna")
        self.assertEqual((who["actor"], who["role"]), ("user:anna@example.com", "analyst"))
        self.set_up_provider()  # names count no more, who is linked stays so
        self.assertEqual(self.sign_in("anna")["actor"], "user:anna@example.com")
        browser = Browser()
        self.assert_refused(browser.open(self.come_back(browser, "bo")), 401, "sign-in-failed")

    def test_a_persons_address_is_no_name(self) -> None:
        self.world.run("user", "add", "erik@mail.example.com", "--role", "owner")
        browser = Browser()
        self.assert_refused(browser.open(self.come_back(browser, "erik")), 401, "sign-in-failed")

    def test_people_of_a_customers_tenant_are_its_viewers(self) -> None:
        who = self.sign_in(f"cleo~{TENANT}")
        self.assertEqual((who["role"], who["customer"], who["name"]), ("customer-viewer", "contoso", "Person cleo"))
        browser = Browser()
        self.assert_refused(browser.open(self.come_back(browser, f"cleo~{OTHER_TENANT}")), 401, "sign-in-failed")
        browser = Browser()
        self.assert_refused(browser.open(self.come_back(browser, f"anna~{TENANT}")), 401, "sign-in-failed")

    def test_who_is_refused_learns_nothing_about_who_there_is(self) -> None:
        self.sign_in("dora")
        self.world.run("user", "edit", "dora@example.com", "--disable")
        answers = []
        for name in ("nobody", "dora"):
            browser = Browser()
            answers.append(self.assert_refused(browser.open(self.come_back(browser, name)), 401, "sign-in-failed"))
        self.assertEqual(answers[0], answers[1])

    def test_an_answer_is_taken_once(self) -> None:
        browser = Browser()
        back = self.come_back(browser, "anna")
        self.assertEqual(browser.open(back).status, 303)
        self.assert_refused(browser.open(back), 403, FAILED)

    def test_an_answer_is_taken_from_the_browser_that_began(self) -> None:
        browser, other = Browser(), Browser()
        back = self.come_back(browser, "anna")
        self.assert_refused(other.open(back), 403, FAILED)
        self.begin(other)  # with a cookie of its own
        self.assert_refused(other.open(back), 403, FAILED)
        self.assertEqual(other.open(f"{self.url}/api/v1/me").status, 401)
        self.assertEqual(browser.open(back).status, 303)

    def test_the_browser_goes_on_within_the_service_only(self) -> None:
        browser = Browser()
        back = self.come_back(browser, "anna", "?return_to=/api/v1/months%3Flimit%3D5")
        self.assertEqual(browser.open(back).headers["location"], "/api/v1/months?limit=5")
        for place in ("//evil.example.com", "https://evil.example.com", "/\\evil.example.com",
                      "%2F%2Fevil.example.com"):
            refused = Browser().open(f"{self.url}/sign-in/provider?return_to={urllib.parse.quote(place, safe='%')}")
            self.assert_refused(refused, 400, "field-invalid")

    def test_the_providers_refusal_is_for_the_log(self) -> None:
        browser = Browser()
        state = urllib.parse.parse_qs(urllib.parse.urlsplit(self.begin(browser)).query)["state"][0]
        refused = browser.open(f"{self.url}/sign-in/return?error=access_denied&error_description=zebra%3Cb%3E&state="
                               f"{state}&error_subcode=cancel&session_state=x", accept="text/html")
        self.assertEqual(refused.status, 403)
        self.assertEqual(refused.headers["content-type"], "text/html; charset=utf-8")
        self.assertIn("default-src 'none'", refused.headers["content-security-policy"])
        self.assertIn("The identity provider&#39;s answer cannot be trusted", refused.text)
        self.assertIn("sign in again", refused.text)
        self.assertNotRegex(refused.text, r"zebra|access_denied|<script|http")
        number = re.search(r"number of this request: ([0-9a-f]{16})", refused.text)[1]
        self.assertIn("access_denied zebra<b>", self.logged_failure(number))

    def test_a_provider_that_is_down(self) -> None:
        self.world.run("user", "provider", "set", "--issuer", "http://127.0.0.1:9", "--client-id", "x", "--url",
                       self.url, "--no-check")
        refused = Browser().open(f"{self.url}/sign-in/provider")
        self.assertEqual(refused.status, 502, refused)
        self.assertEqual(Browser().open(f"{self.url}/sign-in/provider", accept="text/html").status, 502)

    def test_the_provider_is_set_up_by_owners(self) -> None:
        path = "/api/v1/identity-provider"
        settings = {"issuer": self.provider.issuer, "client_id": CLIENT, "service_url": self.url,
                    "client_secret": SECRET, "trusts_names": True, "label": "Sign in with Contoso"}
        told = self.service.request("PUT", path, settings, token=self.owner)
        self.assertEqual(told.status, 200, told)
        self.assertEqual(told.json()["redirect_url"], f"{self.url}/sign-in/return")
        self.assertNotIn(SECRET, told.body.decode() + self.service.get(path, token=self.owner).body.decode())
        options = self.service.get("/api/v1/session/methods").json()
        self.assertEqual(options, {"passwords": False,
                                   "provider": {"label": "Sign in with Contoso", "url": "/sign-in/provider"}})
        self.assertEqual(self.sign_in("anna")["actor"], "user:anna@example.com")
        wrong = self.service.request("PUT", path, {**settings, "issuer": self.provider.issuer + "/x"}, token=self.owner)
        self.assertEqual(wrong.problem(), FAILED)
        self.assertEqual(self.service.request("DELETE", path, token=self.owner).status, 204)
        self.assertEqual(self.service.get(path, token=self.owner).problem(), "identity-provider-missing")
        self.assert_refused(Browser().open(f"{self.url}/sign-in/provider"), 404, "identity-provider-missing")

    def test_tenants_are_mapped_by_the_api_too(self) -> None:
        path = "/api/v1/identity-provider/tenants"
        self.service.request("PUT", f"{path}/{OTHER_TENANT}", {"customer": "contoso"}, token=self.owner)
        listed = self.service.get(path, token=self.owner).json()["items"]
        self.assertIn({"tenant": OTHER_TENANT, "customer": "contoso"}, listed)
        self.assertEqual(self.sign_in(f"gustav~{OTHER_TENANT}")["customer"], "contoso")
        self.assertEqual(self.service.request("DELETE", f"{path}/{OTHER_TENANT}", token=self.owner).status, 204)
        browser = Browser()
        self.assert_refused(browser.open(self.come_back(browser, f"gustav~{OTHER_TENANT}")), 401, "sign-in-failed")

    def test_the_secret_survives_a_new_key(self) -> None:
        self.assertEqual(self.world.run("key", "show", "--json").json()["secrets"], 1)
        self.world.run("key", "rotate")
        self.assertEqual(self.sign_in("anna")["actor"], "user:anna@example.com")


def main() -> int:
    harness.main()
    if not is_installed():
        return 0
    return 0 if unittest.main(exit=False, verbosity=2).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
