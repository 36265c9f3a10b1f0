"""What `connection test` and `doctor` say when something is missing: the cause, for whom, and what mends it."""
import datetime
import re
from typing import Any

import azure_harness
from azure_harness import AzureTest, setUpModule, tearDownModule  # noqa: F401: unittest looks for them here
from harness import BAD_INPUT, CHECK_FAILED, DONE, REFUSED

REQUEST_ID = r"\[request [0-9a-f-]{36}\]"


class BrokenTest(AzureTest):
    def add(self, *options: Any, name: str = "acme") -> None:
        """A connection, whether it can be reached or not."""
        told = self.run_("connection", "add", "--name", name, *options, code=None)
        self.assertIn(f"added the connection {name}", told.talk)

    def assert_found(self, probe: str, cause: str, *said: str, has_id: bool = True, **more: str) -> dict[str, Any]:
        """The probe failed for this cause, and all of `said` and `more` is in what it found and advises; and `doctor`
        says it too."""
        found = self.probes()
        self.assertIn(probe, found)
        self.assertEqual(found[probe]["cause"], cause, found[probe])
        for part in said:
            self.assertIn(part, found[probe]["said"])
        if has_id:
            self.assertRegex(found[probe]["said"], REQUEST_ID)
        for name, part in more.items():
            self.assertIn(part, found[probe].get(name, ""), found[probe])
        told = self.run_("doctor", code=CHECK_FAILED)
        self.assert_tells(told, f"acme {probe} failed", *said, *more.values())
        return found[probe]


class SigningInFails(BrokenTest):
    def sign_in(self, app: str, **changes: str) -> list[Any]:
        known = {**self.azure.app(app), **changes}
        return ["--tenant", known["tenant"], "--client-id", known["client_id"],
                "--client-secret-file", self.world.secret_file(known["secret"])]

    def test_each_refusal_by_its_number(self) -> None:
        unknown = "00000000-0000-4000-8000-00000000000a"
        cases = (
            ("owner", {"secret": "not~the~secret~at~all"}, "bad-credential", "AADSTS7000215"),
            ("expired", {}, "bad-credential", "AADSTS7000222"),
            ("owner", {"client_id": unknown}, "wrong-tenant", "AADSTS700016"),
            ("owner", {"tenant": unknown}, "wrong-tenant", "AADSTS90002"),
            ("unconsented", {}, "no-consent", "AADSTS65001"),
            ("blocked", {}, "bad-credential", "AADSTS53003"))
        for app, changes, cause, code in cases:
            with self.subTest(code=code):
                self.world = self.new_world()
                self.add(*self.sign_in(app, **changes), "--billing-account", self.azure.billing_account["name"])
                found = self.assert_found("token-arm", cause, code, has_id=False)
                self.assertTrue(found["next"])
                sync = self.run_("exports", "list", "--connection", "acme", code=None)
                self.assert_tells(sync, code, "next:")


    def test_a_network_that_is_away_is_told_soon(self) -> None:
        self.connect(*self.locations())
        away = self.world.environment(AZURE_AUTHORITY_HOST="https://127.0.0.1:1")
        found = self.probes(environment=away)
        self.assertEqual((found["token-arm"]["cause"], found["token-storage"]["cause"]), ("unreachable", "unreachable"))
        self.assertIn("tried 2 times", found["token-arm"]["said"])


class RolesAreMissing(BrokenTest):
    def test_no_billing_role(self) -> None:
        nobody = self.azure.app("nobody")
        self.add(*self.signing_in("nobody"), "--billing-account", self.azure.billing_account["name"])
        self.assert_found("billing-scope-readable", "no-role", role="Billing account reader",
                          role_scope=self.azure.billing_account["name"], principal=nobody["object_id"])

    def test_a_reader_cannot_make_exports(self) -> None:
        self.connect(app="reader")
        told = self.apply(code=None)
        self.assertEqual(told.code, REFUSED)
        self.assert_tells(told, "where:", "RBACAccessDenied", "apportion connection test")
        self.assertRegex(told.talk, REQUEST_ID)

    def test_no_role_at_the_blobs(self) -> None:
        self.connect()
        self.apply()
        reader = self.azure.app("reader")
        self.world = self.new_world()
        self.add(*self.signing_in("reader"), *self.locations())
        found = self.assert_found("container-listable", "no-role", "AuthorizationPermissionMismatch",
                                  role="Storage Blob Data Reader", role_scope="partnerexports",
                                  principal=reader["object_id"], command="az role assignment create")
        self.assertIn(reader["client_id"], found["command"])

    def test_the_provider_of_exports_is_not_registered(self) -> None:
        self.connect()
        self.apply()
        self.azure.register_provider(state="NotRegistered")
        self.addCleanup(self.azure.register_provider)
        self.assert_found("provider-registered", "not-registered", has_id=False,
                          command="az provider register --namespace Microsoft.CostManagementExports")


class StorageFails(BrokenTest):
    def setUp(self) -> None:
        super().setUp()
        self.connect()
        self.apply()
        self.run_exports("2026-10")

    def test_a_firewall(self) -> None:
        self.azure.tell("storage", account="partnerexports", firewall=True)
        self.addCleanup(self.azure.tell, "storage", account="partnerexports", firewall=False)
        self.assert_found("container-listable", "firewall", "AuthorizationFailure",
                          command="az storage account network-rule add --account-name partnerexports")

    def test_a_missing_container(self) -> None:
        self.container = "no-such-container"
        self.run_("connection", "edit", "acme", *self.locations())
        self.assert_found("container-listable", "container-missing", "ContainerNotFound",
                          command="--name no-such-container")

    def test_the_storage_of_another_tenant(self) -> None:
        self.run_("connection", "edit", "acme", *self.locations("otherexports"))
        found = self.assert_found("container-listable", "wrong-tenant", "InvalidAuthenticationInfo")
        self.assertIn(self.azure.info["storage_tenant"], found["next"])
        self.assertIn("adminconsent", found["next"])

    def test_an_application_unknown_to_the_storages_tenant(self) -> None:
        self.add(*self.signing_in("reader"), "--storage-tenant", self.azure.info["storage_tenant"],
                 *self.locations("otherexports"), name="other")
        found = self.probes(name="other")["token-storage"]
        self.assertEqual(found["cause"], "no-consent")
        self.assertIn("AADSTS700016", found["said"])
        client = self.azure.app("reader")["client_id"]
        self.assertIn(f"{self.azure.info['storage_tenant']}/adminconsent?client_id={client}", found["next"])

    def test_each_way_a_sas_is_bad(self) -> None:
        good = self.world.sas(account="partnerexports", permissions="rl")
        broken = good[:-6] + ("AAA%3D" if not good.endswith("AAA%3D") else "BBB%3D")
        self.world.secrets.add(re.search(r"sig=([^&]+)", broken)[1])
        cases = (
            ({"expires": "2020-01-01T00:00:00Z"}, "sas", "sas-expired"), ({"permissions": "r"}, "sas", "sas-letters"),
            ({"permissions": "l"}, "sas", "sas-letters"), ({"resource_types": "s"}, "sas", "sas-wrong"),
            ({"services": "q"}, "sas", "sas-wrong"), (broken, "container-listable", "sas-wrong"))
        for options, probe, cause in cases:
            with self.subTest(options=options):
                text = options if isinstance(options, str) else self.world.sas(
                    **{"account": "partnerexports", "permissions": "rl", **options})
                self.run_("connection", "edit", "acme", "--sas-file", self.world.secret_file(text))
                self.assert_found(probe, cause, has_id=probe != "sas",
                                  command="az storage container generate-sas --account-name partnerexports")
                told = self.run_("sync", code=None)
                self.assertIn(told.code, (BAD_INPUT, REFUSED), told.talk)
                self.assert_tells(told, "SAS")

    def test_what_ends_soon_is_told_weeks_ahead(self) -> None:
        text = self.world.sas(account="partnerexports", permissions="rl", hours=24 * 10)
        self.run_("connection", "edit", "acme", "--sas-file", self.world.secret_file(text))
        found = self.probes(code=DONE, today=datetime.datetime.now(datetime.timezone.utc).date().isoformat())
        self.assertEqual((found["sas"]["state"], found["sas"]["cause"]), ("warning", "expires-soon"))


if __name__ == "__main__":
    azure_harness.main()
