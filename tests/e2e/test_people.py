"""People and tokens as the commands manage them; signing in itself is tested beside the use cases."""
import base64
import contextlib
import hashlib
import hmac
import json
import sqlite3
import struct
import time
import unittest
from pathlib import Path
from typing import Any

import harness
from harness import UNREACHABLE, USAGE, Outcome, WorldTest
from mailbox_server import Mailbox

PASSWORD = "four unlikely grey otters"
TENANT = "8d1f0f6e-0000-4000-8000-000000000001"


def one_time_code(secret: str, step: int) -> str:
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), hashlib.sha1).digest()
    at = digest[19] & 15
    return f"{(struct.unpack('>I', digest[at:at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


class PeopleTest(WorldTest):
    def setUp(self) -> None:
        super().setUp()
        self.world.run("init")
        customers = self.world.folder / "customers.csv"
        customers.write_text("id,name\ncontoso,Contoso\nfabrikam,Fabrikam\n", encoding="utf-8")
        self.world.run("customer", "import", customers)

    def secret_file(self, text: str) -> str:
        path = self.world.folder / "secret.txt"
        path.write_text(text + "\n", encoding="utf-8")
        return str(path)

    def run_(self, *arguments: Any, **options: Any) -> Outcome:
        return self.world.run(*arguments, **options)

    def users(self) -> dict[str, dict]:
        return {user["name"]: user for user in self.run_("user", "list", "--json").json()["users"]}

    def refusal(self, *arguments: Any) -> str:
        """The id of the error."""
        refused = self.run_(*arguments, "--json", code=None)
        self.assertNotEqual(refused.code, 0)
        return json.loads(refused.talk)["error"]["id"]

    def audit(self) -> str:
        return "\n".join(f"{entry['actor']} {entry['what']} {entry['detail']}"
                         for entry in self.run_("audit", "show", "--json").json()["entries"])


class Users(PeopleTest):
    def test_a_user_from_the_first_day_to_the_last(self) -> None:
        self.run_("user", "add", "Anna@example.com", "--role", "owner", "--name", "Anna", "--password-file",
                  self.secret_file(PASSWORD))
        self.run_("user", "add", "bo", "--role", "customer-admin", "--customer", "contoso")
        users = self.users()
        self.assertEqual((users["anna@example.com"]["display_name"], users["anna@example.com"]["has_password"]),
                         ("Anna", True))
        self.assertEqual((users["bo"]["role"], users["bo"]["customer"], users["bo"]["has_password"]),
                         ("customer-admin", "contoso", False))
        self.run_("user", "edit", "bo", "--role", "finance")
        self.assertNotIn("customer", self.users()["bo"])
        self.run_("user", "edit", "bo", "--disable")
        self.assertIn("disabled", self.run_("user", "list").out)
        self.run_("user", "edit", "bo", "--enable")
        self.run_("user", "remove", "bo")
        self.assertEqual(list(self.users()), ["anna@example.com"])
        log = self.audit()
        for part in ("user.add anna@example.com: owner", "user.edit bo: finance instead of customer-admin of contoso",
                     "user.edit bo: disabled", "user.remove bo"):
            self.assertIn(part, log)
        self.run_("audit", "verify")

    def test_what_is_refused(self) -> None:
        self.run_("user", "add", "anna", "--role", "owner")
        for id_, arguments in (
                ("user-exists", ("add", "anna", "--role", "finance")),
                ("role-needs-customer", ("add", "bo", "--role", "customer-viewer")),
                ("no-such-customer", ("add", "bo", "--role", "customer-viewer", "--customer", "nobody")),
                ("user-name-invalid", ("add", "b o", "--role", "finance")),
                ("last-owner", ("remove", "anna")),
                ("last-owner", ("edit", "anna", "--role", "finance")),
                ("no-such-user", ("edit", "bo", "--disable")),
                ("password-weak", ("password", "anna", "--password-file", self.secret_file("password1234")))):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.refusal("user", *arguments), id_)
        self.run_("user", "add", "bo", "--role", "boss", code=USAGE)
        self.run_("user", "add", "bo", code=USAGE)
        self.run_("user", "edit", "anna", "--disable", "--enable", code=USAGE)

    def test_no_secret_is_in_the_home_or_in_the_log(self) -> None:
        self.run_("user", "add", "anna", "--role", "owner", "--password-file", self.secret_file(PASSWORD))
        token = self.run_("token", "add", "nightly", "--role", "analyst").out.strip()
        link = self.run_("user", "invite", "anna").out.strip().rpartition("/")[2]
        self.assertRegex(token, r"^apn_[\w-]{43}$")
        self.assertRegex(link, r"^apl_[\w-]{43}$")
        kept = b"".join(path.read_bytes() for path in self.world.home.iterdir() if path.is_file())
        for secret in (PASSWORD, token, link):
            self.assertNotIn(secret.encode(), kept)
        self.assertIn(hashlib.sha256(token.encode()).hexdigest().encode(), kept)

    def test_a_user_gets_a_second_factor(self) -> None:
        self.run_("user", "add", "anna", "--role", "owner", "--password-file", self.secret_file(PASSWORD))
        start = self.run_("user", "totp", "anna", "--json").json()
        self.assertTrue(start["url"].startswith("otpauth://totp/Apportion:anna?secret=" + start["secret"]))
        self.assertEqual(self.refusal("user", "totp", "anna", "--code-file", self.secret_file("12345")),
                         "one-time-code-wrong")
        code = one_time_code(start["secret"], int(time.time()) // 30)
        recovery = self.run_("user", "totp", "anna", "--code-file", self.secret_file(code)).out.split()
        self.assertEqual(len(set(recovery)), 10)
        self.assertEqual(self.users()["anna"]["recovery_codes"], 10)
        shown = self.run_("key", "show", "--json").json()
        self.assertEqual((shown["secrets"], shown["opened"]), (1, 1))
        self.run_("key", "rotate")
        shown = self.run_("key", "show", "--json").json()
        self.assertEqual((shown["secrets"], shown["opened"]), (1, 1), "it is sealed with the new key")
        self.run_("user", "totp", "anna", "--remove")
        self.assertFalse(self.users()["anna"]["has_one_time_codes"])

    def test_a_customer_takes_its_people_along(self) -> None:
        self.run_("user", "add", "bo", "--role", "customer-viewer", "--customer", "contoso")
        self.run_("token", "add", "bi", "--role", "customer-viewer", "--customer", "contoso")
        self.run_("user", "tenants", "--map", TENANT, "--customer", "contoso")
        self.run_("customer", "edit", "contoso", "--name", "Contoso AG")
        self.assertIn("bo", self.users(), "a change of the customer leaves its people alone")
        self.run_("customer", "remove", "contoso", "--yes")
        self.assertEqual(self.users(), {})
        self.assertEqual(self.run_("token", "list", "--json").json()["tokens"], [])
        self.assertEqual(self.run_("user", "tenants", "--json").json()["tenants"], [])
        self.assertIn("customer.remove contoso, with 1 user and 1 token", self.audit())
        self.run_("doctor", code=None)


class Tokens(PeopleTest):
    def test_a_token_is_shown_once(self) -> None:
        made = self.run_("token", "add", "nightly", "--role", "analyst", "--days", 30, "--json").json()["token"]
        self.assertTrue(made["secret"].startswith("apn_"))
        listed = self.run_("token", "list", "--json").json()["tokens"]
        self.assertEqual([(token["name"], token["role"], token["has_ended"]) for token in listed],
                         [("nightly", "analyst", False)])
        self.assertNotIn("secret", listed[0])
        self.assertRegex(self.run_("token", "list").out, r"nightly +analyst")
        self.run_("token", "revoke", "nightly")
        self.assertEqual(self.refusal("token", "revoke", "nightly"), "no-such-token")
        self.assertEqual(self.refusal("token", "add", "x", "--role", "customer-viewer"), "role-needs-customer")
        self.run_("token", "add", "x", "--role", "analyst", "--days", 400, code=USAGE)


class Sessions(PeopleTest):
    def test_nobody_is_signed_in(self) -> None:
        self.run_("user", "add", "anna", "--role", "owner")
        self.assertIn("nobody is signed in", self.run_("user", "sessions").talk)
        self.assertEqual(self.run_("user", "sessions", "anna", "--json").json(), {"sessions": []})
        self.assertEqual(self.refusal("user", "sessions", "--end", "0f3a91c2d4e5"), "no-such-session")
        self.run_("user", "sessions", "anna", "--end-all")
        self.assertEqual(self.refusal("user", "sessions", "bo"), "no-such-user")
        self.run_("user", "sessions", "--end-all", code=USAGE)


class Provider(PeopleTest):
    """Signing in with one is tested in tests/oidc."""

    def set_provider(self, *options: Any, issuer: str = "https://id.example.com", **more: Any) -> Outcome:
        return self.run_("user", "provider", "set", "--issuer", issuer, "--client-id", "our client", "--url",
                         "https://bill.example.com", "--no-check", *options, **more)

    def test_a_provider_from_the_first_day_to_the_last(self) -> None:
        self.assertEqual(self.refusal("user", "provider", "show"), "identity-provider-missing")
        told = self.set_provider("--secret-file", self.secret_file("zebra"), "--secret-expires", "2027-01-31",
                                 "--trust-names", "--label", "Sign in with Contoso")
        self.assert_tells(told, "register this redirect URL there: https://bill.example.com/sign-in/return")
        self.assertIn("kept, ends on 2027-01-31", told.out)
        shown = self.run_("user", "provider", "show", "--json").json()["identity_provider"]
        self.assertEqual((shown["issuer"], shown["label"], shown["has_secret"], shown["trusts_names"]),
                         ("https://id.example.com", "Sign in with Contoso", True, True))
        self.set_provider(issuer="https://other.example.com")
        self.assertFalse(self.run_("user", "provider", "show", "--json").json()["identity_provider"]["has_secret"])
        self.run_("user", "provider", "remove")
        self.assertEqual(self.refusal("user", "provider", "remove"), "identity-provider-missing")
        log = self.audit()
        self.assertIn("provider.set https://id.example.com, client our client, at https://bill.example.com, with a "
                      "secret, names trusted", log)
        self.assertIn("provider.remove https://other.example.com", log)
        self.assertNotIn("zebra", log)
        self.run_("audit", "verify")

    def test_the_address_of_the_service_is_said_once(self) -> None:
        without_url = ("user", "provider", "set", "--issuer", "https://id.example.com", "--client-id", "x",
                       "--no-check")
        self.assert_tells(self.run_(*without_url, code=USAGE), "the brand has no address either")
        self.run_("config", "brand", "set", "--address", "https://bill.example.com/")
        self.assert_tells(self.run_(*without_url), "https://bill.example.com/sign-in/return")

    def test_a_provider_that_cannot_be_asked_changes_nothing(self) -> None:
        refused = self.run_("user", "provider", "set", "--issuer", "http://127.0.0.1:9", "--client-id", "x", "--url",
                            "https://bill.example.com", code=UNREACHABLE)
        self.assertIn("127.0.0.1:9", refused.talk)
        self.assertEqual(self.refusal("user", "provider", "show"), "identity-provider-missing")

    def test_what_is_refused(self) -> None:
        self.set_provider(issuer="http://id.example.com", code=USAGE)
        told = self.set_provider("--trust-names", issuer="https://login.microsoftonline.com/organizations/v2.0",
                                 code=USAGE)
        self.assertIn("say which tenant is your own", told.talk)

    def test_without_the_key_the_secret_is_to_be_given_again(self) -> None:
        self.set_provider("--secret-file", self.secret_file("zebra"))
        self.run_("backup", "--to", self.world.folder / "backups", "--without-key")
        told = self.run_("--home", self.world.folder / "other", "restore", "--from", self.world.folder / "backups")
        self.assert_tells(told, "identity-provider, client-secret: `apportion user provider set --help`")


class Mail(PeopleTest):
    def test_an_invitation_goes_by_mail_where_there_is_a_channel(self) -> None:
        mailbox = Mailbox()
        self.addCleanup(mailbox.close)
        for name in ("anna@example.com", "bo"):
            self.run_("user", "add", name, "--role", "finance")
        printed = self.run_("user", "invite", "anna@example.com", "--url", "https://bill.example.com/").out
        self.assertRegex(printed, r"^https://bill\.example\.com/#/invitation/apl_[\w-]{43}\n$")
        self.run_("alerts", "add-mail", "ops", "--server", mailbox.url, "--from", "apportion@example.com", "--to",
                  "ops@example.com")
        invited = self.run_("user", "invite", "anna@example.com", "--url", "https://bill.example.com", "--json").json()
        self.assertEqual((invited["mailed"], "link" in invited, invited["purpose"]), (True, False, "invitation"))
        mail = mailbox.mails[0]
        self.assertEqual((mail["To"], mail["Subject"]), ("anna@example.com", "[apportion] Invitation"))
        self.assertRegex(base64.b64decode(mail.get_payload()).decode(), r"https://bill\.example\.com/#/invitation/apl_")
        self.assertIn("/#/invitation/", self.run_("user", "invite", "bo").out, "bo is not an address")
        self.assertIn("/#/invitation/", self.run_("user", "invite", "anna@example.com", "--no-mail").out)
        self.assertEqual(len(mailbox.mails), 1)


class Restored(PeopleTest):
    def rows(self, home: Path, table: str) -> int:
        with contextlib.closing(sqlite3.connect(home / "control-plane.sqlite")) as database:
            return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

    def test_a_restored_home_has_the_people_and_no_links_that_may_have_been_used_since(self) -> None:
        self.run_("user", "add", "anna", "--role", "owner")
        start = self.run_("user", "totp", "anna", "--json").json()
        code = one_time_code(start["secret"], int(time.time()) // 30)
        self.run_("user", "totp", "anna", "--code-file", self.secret_file(code))
        self.run_("token", "add", "nightly", "--role", "analyst")
        self.run_("user", "invite", "anna")
        self.assertEqual(self.rows(self.world.home, "one_time_link"), 1)
        self.run_("backup", "--to", self.world.folder / "backups", "--without-key")
        other = self.world.folder / "other"
        told = self.run_("--home", other, "restore", "--from", self.world.folder / "backups")
        self.assert_tells(told, "user anna, one-time-codes: the user signs in with a recovery code")
        users = self.run_("--home", other, "user", "list", "--json").json()["users"]
        self.assertEqual([(user["name"], user["recovery_codes"]) for user in users], [("anna", 10)])
        self.assertEqual(len(self.run_("--home", other, "token", "list", "--json").json()["tokens"]), 1)
        self.assertEqual(self.rows(other, "one_time_link"), 0)
        self.run_("--home", other, "audit", "verify")


if __name__ == "__main__":
    harness.main()
    unittest.main()
