"""How strict the stand-in is, and whether it does what it is told.

    python3 test_stand_in.py PROGRAM [unittest options]
"""
import copy
import csv
import gzip
import hashlib
import http.client
import io
import json
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse
from decimal import Decimal
from pathlib import Path
from typing import Any

import keys
from scenario import EXPORTS_PROVIDER, StandIn

RUN_TIME = r"202[67]\d{8}"
GUID = r"[0-9a-f]{8}-[0-9a-f-]{27}"
NOW = "2026-11-22T09:00:00Z"
program = ""
shared: StandIn


def setUpModule() -> None:
    global shared
    shared = StandIn(program, NOW, "--customers", 6, "--rows", 900, "--part-rows", 400)
    assert not shared.info["storage_missing"], shared.info["storage_missing"]
    shared.register_provider()


def tearDownModule() -> None:
    shared.close()


class StandInTest(unittest.TestCase):
    maxDiff = 4000

    def setUp(self) -> None:
        self.addCleanup(shared.tell, "faults/clear")

    def put(self, name: str, body: Any, scope: str = "", app: str = "owner") -> tuple[int, Any]:
        status, answer, _ = shared.arm("PUT", shared.export_path(name, scope), body, app)
        return status, answer

    def assert_refused(self, answer: tuple, status: int, code: str, text: str = "") -> None:
        self.assertEqual((answer[0], answer[1]["error"]["code"]), (status, code), answer[1])
        self.assertIn(text, answer[1]["error"]["message"])

    def run_to_end(self, name: str, scope: str = "", body: Any = None) -> dict[str, Any]:
        """Runs an export and returns the finished run's properties."""
        path = shared.export_path(name, scope)
        status, content, _ = shared.arm("POST", f"{path}/run", body)
        self.assertEqual((status, content), (200, b""))
        for _ in range(10):
            run = shared.arm("GET", f"{path}/runHistory")[1]["value"][0]["properties"]
            if "processingEndTime" in run:
                return run
        self.fail("the run does not end")


class SigningIn(StandInTest):
    def sign_in(self, tenant: str = "", **form: str) -> tuple[int, Any]:
        app = shared.app("owner")
        named = {"grant_type": "client_credentials", "client_id": app["client_id"],
                 "scope": "https://management.azure.com/.default", **form}
        url = f"{shared.info['login']}/{tenant or app['tenant']}/oauth2/v2.0/token"
        return shared.call(url, "POST", urllib.parse.urlencode(named).encode())[:2]

    def assert_aadsts(self, answer: tuple[int, Any], status: int, error: str, number: int) -> None:
        self.assertEqual((answer[0], answer[1].get("error"), answer[1].get("error_codes")), (status, error, [number]))
        self.assertTrue(answer[1]["error_description"].startswith(f"AADSTS{number}: "))
        self.assertTrue({"timestamp", "trace_id", "correlation_id"} <= set(answer[1]))

    def assertion(self, alg: str = "RS256", thumbprint: str = "x5t", **claims: Any) -> str:
        app = shared.app("owner")
        pem = Path(app["certificate"]).read_text(encoding="ascii")
        digest = hashlib.sha1 if thumbprint == "x5t" else hashlib.sha256
        header = {"alg": alg, "typ": "JWT",
                  thumbprint: keys.base64url(digest(keys.pem_blocks(pem, "CERTIFICATE")[0]).digest())}
        now = int(time.time())
        usual = {"aud": f"{shared.info['login']}/{app['tenant']}/oauth2/v2.0/token", "iss": app["client_id"],
                 "sub": app["client_id"], "jti": "1", "nbf": now, "exp": now + 600}
        return keys.make_jwt(keys.read_private_key(pem), header, {**usual, **claims})

    def with_assertion(self, assertion: str) -> tuple[int, Any]:
        return self.sign_in(client_assertion=assertion, client_assertion_type=
                            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")

    def test_each_refusal_has_its_number(self) -> None:
        secret = shared.app("owner")["secret"]
        cases = [
            ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
            ({}, 401, "invalid_client", 7000218),
            ({"client_secret": secret, "scope": "https://management.azure.com"}, 400, "invalid_scope", 70011),
            ({"client_secret": secret, "scope": "https://foo.invalid/.default"}, 400, "invalid_resource", 500011),
            ({"client_secret": secret, "tenant": "no-such-tenant"}, 400, "invalid_request", 90002),
            ({"client_secret": secret, "client_id": shared.app("owner")["object_id"]}, 400, "unauthorized_client",
             700016)]
        for name, number, status, error in [("expired", 7000222, 401, "invalid_client"),
                                            ("blocked", 53003, 400, "invalid_grant"),
                                            ("unconsented", 65001, 400, "invalid_grant")]:
            app = shared.app(name)
            cases.append(({"client_id": app["client_id"], "client_secret": app["secret"]}, status, error, number))
        for form, status, error, number in cases:
            with self.subTest(number=number):
                self.assert_aadsts(self.sign_in(**form), status, error, number)

    def test_assertions_of_both_algorithms_and_thumbprints(self) -> None:
        for alg in ("RS256", "PS256"):
            for thumbprint in ("x5t", "x5t#S256"):
                self.assertEqual(self.with_assertion(self.assertion(alg, thumbprint))[0], 200)

    def test_assertions_are_really_checked(self) -> None:
        good = self.assertion()
        broken = good[:-8] + ("AAAAAAAA" if not good.endswith("AAAAAAAA") else "BBBBBBBB")
        cases = [(broken, 700027), ("no.token", 50027), (self.assertion(exp=int(time.time()) - 3600), 700024),
                 (self.assertion(aud="https://login.invalid/x"), 700023), (self.assertion(iss="someone"), 700021)]
        for assertion, number in cases:
            with self.subTest(number=number):
                self.assert_aadsts(self.with_assertion(assertion), 401, "invalid_client", number)

    def test_a_federated_token_must_be_of_the_issuer_and_the_subject(self) -> None:
        good = shared.tell("federated-token", subject="system:serviceaccount:billing:apportion")["token"]
        other = shared.tell("federated-token", subject="system:serviceaccount:other:other")["token"]
        self.assertEqual(self.with_assertion(good)[0], 200)
        self.assert_aadsts(self.with_assertion(other), 401, "invalid_client", 700027)

    def test_managed_identities(self) -> None:
        url = f"{shared.info['imds']}/metadata/identity/oauth2/token?api-version=2018-02-01&resource="
        status, body, _ = shared.call(url + "https://management.azure.com/", headers={"Metadata": "true"})
        self.assertEqual(status, 200)
        self.assertIsInstance(body["expires_in"], str)
        self.assertEqual(body["client_id"], shared.app("managed-identity")["client_id"])
        self.assertEqual(shared.call(url + "https://management.azure.com/")[0], 400)
        self.assertEqual(shared.call(url + "https://foo.invalid/", headers={"Metadata": "true"})[0], 400)
        service = f"{shared.info['app_service']}?api-version=2019-08-01&resource=https://storage.azure.com/"
        header = {"X-IDENTITY-HEADER": shared.info["app_service_header"]}
        self.assertEqual(shared.call(service, headers=header)[0], 200)
        self.assertEqual(shared.call(service)[0], 401)


class Calling(StandInTest):
    def test_no_token_a_foreign_one_and_an_expired_one(self) -> None:
        url = f"{shared.info['arm']}/providers/Microsoft.Billing/billingAccounts?api-version=2024-04-01"
        cases = [({}, "AuthenticationFailed"), ({"Authorization": "Bearer x.y.z"}, "InvalidAuthenticationToken"),
                 ({"Authorization": f"Bearer {shared.token(scope='https://storage.azure.com/.default')}"},
                  "InvalidAuthenticationTokenAudience")]
        for headers, code in cases:
            status, body, got = shared.call(url, headers=headers)
            self.assertEqual((status, body["error"]["code"]), (401, code))
            self.assertTrue(got["www-authenticate"].startswith("Bearer "))
        old = {"Authorization": f"Bearer {shared.token()}"}
        shared.tell("tokens/expire")
        status, body, _ = shared.call(url, headers=old)
        self.assertEqual((status, body["error"]["code"]), (401, "ExpiredAuthenticationToken"))
        self.assertEqual(shared.call(url, headers={"Authorization": f"Bearer {shared.token()}"})[0], 200)

    def test_versions_and_paths(self) -> None:
        path = shared.export_path("x1")
        self.assert_refused(shared.arm("GET", path, version="2001-01-01"), 400, "InvalidResourceType")
        self.assert_refused(shared.arm("GET", path, version=""), 400, "MissingApiVersionParameter")
        self.assert_refused(shared.arm("GET", shared.export_path("abc", "/providers/Microsoft.Billing/"
                                                                 "billingAccounts/none")), 404, "NotFound")
        self.assert_refused(shared.arm("GET", shared.export_path("abc", "/subscriptions/none")), 404,
                            "SubscriptionNotFound")
        self.assert_refused(shared.arm("GET", shared.export_path("abc", "/providers/Microsoft.Management/"
                                                                 "managementGroups/x")), 400, "BadRequest")

    def test_roles_and_tenants(self) -> None:
        customer = shared.billing_account["customers"][0]
        cases = [(shared.billing_account["scope"], 401, "RBACAccessDenied"),
                 (f"{shared.billing_account['scope']}/customers/{customer['tenant']}", 401, "BillingAccessDenied")]
        for scope, status, code in cases:
            self.assert_refused(shared.arm("GET", shared.export_path("", scope).rstrip("/"), app="nobody"), status,
                                code)
        away = {"Authorization": f"Bearer {shared.token(tenant=shared.info['storage_tenant'])}"}
        url = f"{shared.info['arm']}{shared.export_path('').rstrip('/')}?api-version=2025-03-01"
        status, body, _ = shared.call(url, headers=away)
        self.assertEqual((status, body["error"]["code"]), (401, "InvalidAuthenticationTokenTenant"))
        subscription = f"/subscriptions/{shared.account()['resource_id'].split('/')[2]}"
        self.assert_refused(shared.arm("POST", f"{subscription}/providers/{EXPORTS_PROVIDER}/register", app="reader",
                                       version="2021-04-01"), 403, "AuthorizationFailed")

    def test_permissions_at_a_resource(self) -> None:
        path = f"{shared.account()['resource_id']}/providers/Microsoft.Authorization/permissions"
        entries = shared.arm("GET", path, version="2022-04-01")[1]["value"]
        self.assertEqual([entry["actions"][0] for entry in entries],
                         ["*", "Microsoft.Storage/storageAccounts/blobServices/containers/read"])
        self.assertEqual(shared.arm("GET", path, app="nobody", version="2022-04-01")[1], {"value": []})
        subscription = "/".join(shared.account()["resource_id"].split("/")[:3])
        self.assertEqual(shared.arm("GET", subscription, version="2022-12-01")[1]["id"], subscription)
        self.assert_refused(shared.arm("GET", subscription, app="nobody", version="2022-12-01"), 403,
                            "AuthorizationFailed")
        away = "/".join(shared.account("otherexports")["resource_id"].split("/")[:3])
        self.assert_refused(shared.arm("GET", away, version="2022-12-01"), 401, "InvalidAuthenticationTokenTenant")

    def test_billing_in_both_versions(self) -> None:
        scope = shared.billing_account["scope"]
        new = shared.arm("GET", f"{scope}/customers", version="2024-04-01")[1]["value"][0]
        old = shared.arm("GET", f"{scope}/customers", version="2020-05-01")[1]["value"][0]
        self.assertEqual(new["name"], old["name"])
        self.assertEqual(new["type"], "Microsoft.Billing/billingAccounts/billingProfiles/customers")
        self.assertIn("/billingProfiles/", new["id"])
        self.assertEqual(old["type"], "Microsoft.Billing/billingAccounts/customers")
        self.assertEqual(shared.arm("GET", new["id"], version="2024-04-01")[1], new)
        self.assertEqual(shared.arm("GET", "/providers/Microsoft.Billing/billingAccounts", app="nobody",
                                    version="2024-04-01")[1], {"value": []})

    def test_what_one_may_do(self) -> None:
        scope = shared.billing_account["scope"]
        actions = ["Microsoft.CostManagement/exports/write", "Microsoft.Subscription/subscriptions/write"]
        for app, wanted in (("owner", ["Allowed", "NotAllowed"]), ("reader", ["NotAllowed", "NotAllowed"])):
            got = shared.arm("POST", f"{scope}/checkAccess", {"actions": actions}, app, "2024-04-01")[1]
            self.assertEqual([entry["accessDecision"] for entry in got], wanted)
        customer = shared.arm("GET", f"{scope}/customers", version="2024-04-01")[1]["value"][0]
        for path, status in ((customer["id"], 200), (f"{scope}/customers/{customer['name']}", 404)):
            self.assertEqual(shared.arm("POST", f"{path}/checkAccess", {"actions": actions}, "owner", "2024-04-01")[0],
                             status)
        got = shared.arm("GET", f"{scope}/billingRoleAssignments", version="2024-04-01")[1]["value"]
        self.assertIn(shared.app("owner")["object_id"], [entry["properties"]["principalId"] for entry in got])

    def test_lists_in_pages(self) -> None:
        path = f"{shared.billing_account['scope']}/customers"
        whole = shared.arm("GET", path, version="2024-04-01")[1]["value"]
        shared.tell("settings", page_size=2, empty_pages=True)
        self.addCleanup(shared.tell, "settings", page_size=0, empty_pages=False)
        pages, link = [], f"{shared.info['arm']}{path}?api-version=2024-04-01"
        while link:
            page = shared.call(link, headers={"Authorization": f"Bearer {shared.token()}"})[1]
            pages.append(page["value"])
            link = page.get("nextLink", "")
        self.assertEqual([len(page) for page in pages[:4]], [0, 2, 0, 2])
        self.assertEqual([item for page in pages for item in page], whole)


class ExportBodies(StandInTest):
    """What is refused, one change of a good body each."""

    def test_rules(self) -> None:
        good = shared.export_body()
        self.assertEqual(self.put("rules-good", good)[0], 201)
        many = "properties.definition"
        cases: list[tuple[str, Any, str]] = [
            ("properties", None, "'properties' is required"),
            ("properties.formt", "Csv", "could not find member 'formt'"),
            ("properties.format", "Xlsx", "'Xlsx' is not valid for 'properties.format'"),
            ("properties.compressionMode", "snappy", "snappy is not supported for Csv"),
            ("properties.compressionMode", "zip", "'zip' is not valid"),
            ("properties.dataOverwriteBehavior", "Yes", "'Yes' is not valid"),
            ("properties.partitionData", "yes", "must be true or false"),
            (f"{many}.type", None, "'properties.definition.type' is required"),
            (f"{many}.type", "Costs", "'Costs' is not valid"),
            (f"{many}.timeframe", "Today", "'Today' is not valid"),
            (f"{many}.timeframe", "TheCurrentMonth", "PriceSheet only"),
            (f"{many}.timePeriod", {"from": "2026-10-01", "to": "2026-10-31"}, "Custom only"),
            (f"{many}.dataSet.granularity", "Hourly", "'Hourly' is not valid"),
            (f"{many}.dataSet.configuration", {"filters": [{"name": "x", "value": "y"}]}, "filters are supported"),
            ("properties.deliveryInfo.destination.container", None, "destination.container' is required"),
            ("properties.deliveryInfo.destination.container", "No", "is no container name"),
            ("properties.deliveryInfo.destination.resourceId", None, "either resourceId, or storageAccount"),
            ("properties.deliveryInfo.destination.sasToken", "x", "either resourceId, or storageAccount"),
            ("properties.schedule.recurrence", None, "'properties.schedule.recurrence' is required"),
            ("properties.schedule.recurrencePeriod", None, "'properties.schedule.recurrencePeriod' is required"),
            ("properties.schedule.recurrencePeriod.from", "2026-11-22T08:59:59Z", "must be in the future"),
            ("properties.schedule.recurrencePeriod.from", "soon", "is no date and time"),
            ("properties.schedule.recurrencePeriod.to", "2026-11-23T02:00:00Z", "must be after"),
            ("identity", {"type": "SystemAssigned"}, "'location' is required"),
            ("identity", {"type": "UserAssigned"}, "'UserAssigned' is not valid")]
        for path, value, text in cases:
            with self.subTest(path=path, value=value):
                self.assert_refused(self.put("rules-bad", changed(good, path, value)), 400, "BadRequest", text)
        self.assert_refused(shared.arm("GET", shared.export_path("rules-bad")), 404, "NotFound")
        self.assert_refused(self.put("a", good), 400, "BadRequest", "export name")

    def test_custom_periods(self) -> None:
        good = shared.export_body(schedule={"status": "Inactive"})
        for first, last, text in [("2026-10-01", "2026-11-01", "one calendar month"), ("2027-01-01", "2027-01-31",
                                  "future"), ("2010-01-01", "2010-01-31", "seven years"),
                                  ("2026-10-31", "2026-10-01", "must not be before")]:
            definition = {**good["properties"]["definition"], "timeframe": "Custom",
                          "timePeriod": {"from": first, "to": last}}
            self.assert_refused(self.put("custom", changed(good, "properties.definition", definition)), 400,
                                "BadRequest", text)
        self.assert_refused(self.put("custom", changed(good, "properties.definition.timeframe", "Custom")), 400,
                            "BadRequest", "timePeriod' is required")

    def test_datasets_of_the_billing_profile(self) -> None:
        profile = first_profile()
        prices = changed(shared.export_body("PriceSheet"), "properties.definition.timeframe", "TheCurrentMonth")
        self.assert_refused(self.put("prices", prices), 400, "BadRequest", "billing profile")
        self.assertEqual(self.put("prices", prices, profile)[0], 201)
        details = shared.export_body("ReservationDetails", compressionMode="gzip")
        self.assert_refused(self.put("details", details, profile), 400, "BadRequest", "without compression")
        status, body = self.put("details", changed(details, "properties.compressionMode", "none"), profile)
        self.assertEqual(status, 201)
        self.assertEqual(body["properties"]["definition"]["dataSet"],
                         {"configuration": {"columns": [], "filters": []}, "granularity": None})

    def test_storage_in_another_tenant_needs_a_sas_and_the_billing_account(self) -> None:
        scope = shared.billing_account["scope"]
        self.assert_refused(self.put("away", shared.export_body(account="otherexports")), 400, "BadRequest",
                            "RP Not Registered")
        shared.register_provider("otherexports")
        self.assert_refused(self.put("away", shared.export_body(account="otherexports")), 400, "BadRequest",
                            "another tenant")
        token = shared.sas("otherexports", permissions="rwdlac")
        destination = {"type": "AzureBlob", "storageAccount": "otherexports", "sasToken": token,
                       "container": "incoming"}
        good = shared.export_body(deliveryInfo={"destination": destination})
        customer = f"{scope}/customers/{shared.billing_account['customers'][0]['tenant']}"
        self.assert_refused(self.put("away", good, customer), 400, "BadRequest", "billing account scope")
        for change, code in [({"permissions": "rl"}, "AuthorizationPermissionMismatch"),
                             ({"permissions": "rwdlac", "resource_types": "o"}, "AuthorizationResourceTypeMismatch"),
                             ({"permissions": "rwdlac", "services": "q"}, "AuthorizationServiceMismatch"),
                             ({"permissions": "rwdlac", "expires": "2020-01-01T00:00:00Z"}, "AuthenticationFailed")]:
            body = changed(good, "properties.deliveryInfo.destination.sasToken", shared.sas("otherexports", **change))
            self.assert_refused(self.put("away", body), 400, "BadRequest", f"(Storage service error code: {code})")
        status, body = self.put("away", good)
        self.assertEqual(status, 201)
        shown = body["properties"]["deliveryInfo"]["destination"]["sasToken"]
        self.assertNotIn("sig", shown)
        again = changed(good, "properties.deliveryInfo.destination.sasToken", shown)
        self.assertEqual(self.put("away", {**again, "eTag": body["eTag"]})[0], 200)
        self.assertEqual(self.run_to_end("away")["status"], "Completed")
        names = shared.blobs("incoming", account="otherexports")
        self.assertTrue(any(name.endswith("manifest.json") for name in names))

    def test_a_provider_is_registered_in_time(self) -> None:
        shared.register_provider(state="NotRegistered")
        self.addCleanup(shared.register_provider)
        path = (f"/subscriptions/{shared.account()['resource_id'].split('/')[2]}/providers/{EXPORTS_PROVIDER}")
        states = [shared.arm(method, path + tail, version="2021-04-01")[1]["registrationState"]
                  for method, tail in (("GET", ""), ("POST", "/register"), ("GET", ""), ("GET", ""))]
        self.assertEqual(states, ["NotRegistered", "Registering", "Registering", "Registered"])
        shared.register_provider(state="Registering")
        self.assert_refused(self.put("waits", shared.export_body()), 503, "ServiceUnavailable")
        self.assertEqual(self.put("waits", shared.export_body())[0], 201)

    def test_etags(self) -> None:
        good = shared.export_body()
        first = self.put("etags", good)[1]
        self.assert_refused(self.put("etags", good), 409, "Conflict")
        second = self.put("etags", {**good, "eTag": first["eTag"]})
        self.assertEqual(second[0], 200)
        self.assert_refused(self.put("etags", {**good, "eTag": first["eTag"]}), 412, "PreconditionFailed")
        path = shared.export_path("etags")
        self.assertEqual([shared.arm("DELETE", path)[0] for _ in range(2)], [200, 204])

    def test_firewalled_storage_needs_an_identity_and_the_right_to_grant(self) -> None:
        shared.tell("storage", account="partnerexports", firewall=True)
        self.addCleanup(shared.tell, "storage", account="partnerexports", firewall=False)
        body = {**shared.export_body(), "identity": {"type": "SystemAssigned"}, "location": "westeurope"}
        self.assert_refused(self.put("walled", body), 401, "Unauthorized", "roleAssignments/write")
        grant = {"app": "owner", "role": "Owner", "scope": shared.account()["resource_id"]}
        shared.tell("grant", **grant)
        self.addCleanup(shared.tell, "revoke", **grant)
        status, made = self.put("walled", body)
        self.assertEqual(status, 201)
        self.assertEqual(set(made["identity"]), {"type", "principalId", "tenantId"})


def first_profile() -> str:
    return f"{shared.billing_account['scope']}/billingProfiles/{shared.billing_account['profiles'][0]['name']}"


def changed(body: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy with one value set, or taken out when it is None."""
    copied = copy.deepcopy(body)
    *above, last = path.split(".")
    target = copied
    for name in above:
        target = target.setdefault(name, {})
    if value is None:
        target.pop(last, None)
    else:
        target[last] = value
    return copied


class Runs(StandInTest):
    def read_run(self, manifest_name: str, container: str = "exports") -> tuple[dict, list[list[str]]]:
        """The manifest and the rows of all parts, checked against each other."""
        manifest = json.loads(shared.read_blob(manifest_name, container))
        rows = []
        for blob in manifest["blobs"]:
            data = shared.read_blob(blob["blobName"], container)
            self.assertEqual(len(data), blob["byteCount"])
            text = (gzip.decompress(data) if blob["blobName"].endswith(".gz") else data).decode()
            part = list(csv.reader(io.StringIO(text, newline="")))
            self.assertEqual(len(part) - 1, blob["dataRowCount"])
            rows += part[1:] if rows else part
        self.assertEqual(len(rows) - 1, manifest["dataRowCount"])
        self.assertEqual(sum(blob["byteCount"] for blob in manifest["blobs"]), manifest["byteCount"])
        return manifest, rows

    def test_a_run_without_overwriting_lies_under_its_time(self) -> None:
        self.put("plain", shared.export_body(root="root/a", compressionMode="gzip"))
        run = self.run_to_end("plain")
        self.assertEqual((run["status"], run["executionType"]), ("Completed", "OnDemand"))
        folder = rf"root/a/plain/20261101-20261130/{RUN_TIME}/{GUID}/"
        self.assertRegex(run["manifestFile"], f"^{folder}manifest.json$")
        manifest, rows = self.read_run(run["manifestFile"])
        self.assertGreater(manifest["blobCount"], 1)
        for blob in manifest["blobs"]:
            self.assertRegex(blob["blobName"], rf"^{folder}part_0_\d{{4}}\.csv\.gz$")
        self.assertEqual(manifest["deliveryConfig"]["compressionMode"], "Gzip")
        self.assertEqual(manifest["runInfo"]["startDate"], "2026-11-01T00:00:00")
        self.assertEqual(manifest["exportConfig"]["resourceId"], shared.export_path("plain"))
        self.assertIn("costInBillingCurrency", rows[0])

    def test_overwriting_keeps_one_folder_and_no_part_too_many(self) -> None:
        self.put("over", shared.export_body(dataOverwriteBehavior="OverwritePreviousReport"))
        first = self.run_to_end("over")["manifestFile"]
        self.assertRegex(first, rf"^over/20261101-20261130/{GUID}/manifest.json$")
        before = json.loads(shared.read_blob(first))
        shared.write_blob(first.replace("manifest.json", "part_0_0099.csv"), b"left over")
        self.assertEqual(self.run_to_end("over")["manifestFile"], first)
        after = json.loads(shared.read_blob(first))
        self.assertNotEqual(before["runInfo"]["runId"], after["runInfo"]["runId"])
        self.assertEqual(sorted(shared.blobs(prefix="over/")),
                         sorted([first, *(blob["blobName"] for blob in after["blobs"])]))

    def test_scopes_get_their_own_rows(self) -> None:
        account = shared.billing_account
        customer = next(one for one in account["customers"] if one["subscriptions"])
        for number, (scope, column, value) in enumerate([
                (f"{account['scope']}/customers/{customer['tenant']}", "customerTenantId", customer["tenant"]),
                (f"{account['scope']}/billingProfiles/{customer['profile']}", "billingProfileId",
                 customer["profile"])]):
            self.put(f"scope{number}", shared.export_body(), scope)
            period = {"timePeriod": {"from": "2026-10-01T00:00:00Z", "to": "2026-10-31T00:00:00Z"}}
            run = self.run_to_end(f"scope{number}", scope, period)
            _, rows = self.read_run(run["manifestFile"])
            place = rows[0].index(column)
            self.assertEqual({row[place] for row in rows[1:]}, {value})

    def test_a_part_of_a_month_and_the_limits_of_a_period(self) -> None:
        self.put("days", shared.export_body())
        run = self.run_to_end("days", body={"timePeriod": {"from": "2026-10-03", "to": "2026-10-04"}})
        self.assertIn("/20261001-20261031/", run["manifestFile"])
        manifest, rows = self.read_run(run["manifestFile"])
        self.assertEqual(manifest["exportConfig"]["timeFrame"], "Custom")
        place = rows[0].index("date")
        self.assertEqual({row[place] for row in rows[1:]}, {"10/03/2026", "10/04/2026"})
        long = {"timePeriod": {"from": "2026-09-03", "to": "2026-10-04"}}
        self.assert_refused(shared.arm("POST", shared.export_path("days") + "/run", long), 400, "BadRequest")

    def test_what_is_delivered_can_be_imported_and_proved(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for dataset in ("ActualCost", "AmortizedCost"):
                self.put(f"proof-{dataset}", shared.export_body(dataset, root="proof", compressionMode="gzip"))
                period = {"timePeriod": {"from": "2026-10-01T00:00:00Z", "to": "2026-10-31T00:00:00Z"}}
                self.assertEqual(self.run_to_end(f"proof-{dataset}", body=period)["status"], "Completed")
            for name in shared.blobs(prefix="proof/"):
                file = Path(folder) / name
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(shared.read_blob(name))

            def apportion(*arguments: str) -> str:
                command = [program, "--home", f"{folder}/home", "--today", "2026-11-22", *arguments]
                done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
                self.assertEqual(done.returncode, 0, done.stderr)
                return done.stdout

            apportion("init")
            apportion("connection", "add", "--name", "acme", "--actual", f"{folder}/proof/proof-ActualCost",
                      "--amortized", f"{folder}/proof/proof-AmortizedCost")
            apportion("sync")
            proof = json.loads(apportion("prove", "--json"))
            self.assertTrue(proof["holds"])
            self.assertEqual([month["month"] for month in proof["months"]], ["2026-10"])

    def test_every_dataset_is_delivered(self) -> None:
        profile = first_profile()
        for dataset in ("ActualCost", "AmortizedCost", "FocusCost", "PriceSheet", "ReservationDetails",
                        "ReservationTransactions", "ReservationRecommendations"):
            body = shared.export_body(dataset)
            if dataset == "PriceSheet":
                body = changed(body, "properties.definition.timeframe", "TheCurrentMonth")
            with self.subTest(dataset=dataset):
                self.assertEqual(self.put(f"all-{dataset}", body, profile)[0], 201)
                run = self.run_to_end(f"all-{dataset}", profile)
                self.assertEqual(run["status"], "Completed", run)
                self.assertEqual(self.read_run(run["manifestFile"])[0]["exportConfig"]["type"], dataset)

    def test_parquet(self) -> None:
        self.put("parquet", shared.export_body(format="Parquet", compressionMode="snappy"))
        run = self.run_to_end("parquet")
        manifest = json.loads(shared.read_blob(run["manifestFile"]))
        self.assertTrue(manifest["blobs"][0]["blobName"].endswith("/part_0_0001.snappy.parquet"))
        data = shared.read_blob(manifest["blobs"][0]["blobName"])
        self.assertEqual((data[:4], len(data)), (b"PAR1", manifest["blobs"][0]["byteCount"]))

    def test_outcomes_on_request(self) -> None:
        self.put("outcomes", shared.export_body())
        error = {"code": "InternalServerError", "message": "It failed."}
        for states, extra in [(["Queued", "Failed"], {"error": error}), (["Queued", "DataNotAvailable"], {}),
                              (["Queued", "Teleporting", "SomethingNew"], {})]:
            shared.tell("next-run", states=states, **extra)
            run = self.run_to_end("outcomes")
            self.assertEqual((run["status"], run.get("error")), (states[-1], extra.get("error")))
            self.assertNotIn("manifestFile", run)
        self.assertEqual(shared.blobs(prefix="outcomes/"), [])

    def test_a_run_that_breaks_off_while_it_overwrites(self) -> None:
        self.put("torn", shared.export_body(dataOverwriteBehavior="OverwritePreviousReport"))
        manifest = self.run_to_end("torn")["manifestFile"]
        before = {name: shared.read_blob(name) for name in shared.blobs(prefix="torn/")}
        self.assertGreater(len(before), 2)
        first = next(name for name in before if name.endswith("part_0_0001.csv"))
        shared.write_blob(first, b"old")
        shared.tell("next-run", states=["Queued", "Failed"], parts=1)
        self.run_to_end("torn")
        self.assertEqual({name: shared.read_blob(name) for name in shared.blobs(prefix="torn/")}, before)
        self.assertEqual(shared.read_blob(manifest), before[manifest])

    def test_some_columns_only(self) -> None:
        columns = ["date", "CostInBillingCurrency"]
        self.put("columns", changed(shared.export_body(), "properties.definition.dataSet.configuration.columns",
                                    columns))
        _, rows = self.read_run(self.run_to_end("columns")["manifestFile"])
        self.assertEqual(rows[0], ["date", "costInBillingCurrency"])
        self.assertGreater(len(rows), 1)

    def test_an_expanded_export_shows_ten_runs_and_a_list_the_last(self) -> None:
        self.put("expand", shared.export_body())
        for _ in range(11):
            shared.tell("next-run", states=["Failed"])
            self.run_to_end("expand")
        path = shared.export_path("expand")
        one = shared.arm("GET", f"{path}?$expand=runHistory")[1]
        self.assertEqual(len(one["properties"]["runHistory"]["value"]), 10)
        listed = shared.arm("GET", shared.export_path("").rstrip("/") + "?$expand=runHistory")[1]["value"]
        mine = next(entry for entry in listed if entry["name"] == "expand")
        self.assertEqual(len(mine["properties"]["runHistory"]["value"]), 1)
        self.assertNotIn("runHistory", shared.arm("GET", path)[1]["properties"])
        self.assert_refused(shared.arm("GET", f"{path}?$expand=all"), 400, "BadRequest")


class Schedule(unittest.TestCase):
    def test_first_days_write_the_month_before_in_secret(self) -> None:
        with StandIn(program, "2026-11-29T09:00:00Z", "--customers", 3, "--rows", 500) as stand_in:
            stand_in.register_provider()
            path = stand_in.export_path("daily")
            self.assertEqual(stand_in.arm("PUT", path, stand_in.export_body())[0], 201)
            next_run = stand_in.arm("GET", path)[1]["properties"]["nextRunTimeEstimate"]
            self.assertEqual(next_run, "2026-11-30T03:00:00Z")
            told = stand_in.advance(days=8)  # to 7 December: 30 November, 1 to 7 December; 1 to 5 twice
            self.assertEqual((told["now"], len(told["runs"])), ("2026-12-07T09:00:00Z", 13))
            history = stand_in.arm("GET", f"{path}/runHistory")[1]["value"]
            self.assertEqual([run["properties"]["startDate"][:7] for run in history], ["2026-12"] * 7 + ["2026-11"])
            self.assertEqual({run["properties"]["submittedBy"] for run in history}, {"System"})
            months = [name.split("/")[1][:6] for name in stand_in.blobs()
                      if name.endswith("manifest.json")]
            self.assertEqual((months.count("202611"), months.count("202612")), (6, 7))


class ReportsAndBenefits(StandInTest):
    def wait(self, answer: tuple[int, Any, dict]) -> tuple[int, Any]:
        status, body, headers = answer
        while status == 202:
            self.assertTrue(headers["retry-after"].isdigit())
            status, body, headers = shared.call(headers["location"],
                                                headers={"Authorization": f"Bearer {shared.token()}"})
        return status, body

    def ask(self, body: Any, scope: str = "") -> tuple[int, Any, dict]:
        path = f"{scope or shared.billing_account['scope']}/providers/Microsoft.CostManagement/"
        return shared.arm("POST", path + "generateCostDetailsReport", body)

    def test_a_report(self) -> None:
        status, body = self.wait(self.ask({"metric": "AmortizedCost",
                                           "timePeriod": {"start": "2026-10-01", "end": "2026-10-31"}}))
        self.assertEqual((status, body["status"], body["manifest"]["manifestVersion"]),
                         (200, "Completed", "2025-03-01"))
        for blob in body["manifest"]["blobs"]:
            status, data, _ = shared.call(blob["blobLink"])
            self.assertEqual((status, len(data)), (200, blob["byteCount"]))

    def test_no_data_and_bad_requests(self) -> None:
        quiet = f"/subscriptions/{shared.account()['resource_id'].split('/')[2]}"
        october = {"start": "2026-10-01", "end": "2026-10-31"}
        self.assertEqual(self.wait(self.ask({"metric": "ActualCost", "timePeriod": october}, quiet))[0], 204)
        for body, text in [({"metric": "Costs", "timePeriod": october}, "metric"),
                           ({"timePeriod": {"start": "2026-09-01", "end": "2026-10-31"}}, "one month"),
                           ({"timePeriod": {"start": "2025-01-01", "end": "2025-01-31"}}, "13 months"),
                           ({"timePeriod": october, "invoiceId": "G261000000"}, "only one of"),
                           ({"billingPeriod": "202610"}, "enterprise"), ({"invoiceId": "G261000000"}, "profile"),
                           ({"metric": "ActualCost", "period": october}, "the body has")]:
            with self.subTest(text=text):
                self.assert_refused(self.ask(body), 400, "BadRequest", text)

    def test_benefits(self) -> None:
        scope = shared.billing_account["scope"]
        path = f"{scope}/providers/Microsoft.CostManagement/generateBenefitUtilizationSummariesReport"
        wanted = {"grain": "Daily", "kind": "Reservation", "startDate": "2026-10-01T00:00:00Z",
                  "endDate": "2026-10-02T00:00:00Z"}
        status, body = self.wait(shared.arm("POST", path, wanted))
        self.assertEqual((status, body["status"]), (200, "Complete"))
        text = shared.call(body["properties"]["reportUrl"])[1].decode()
        self.assertIn("/providers/Microsoft.Capacity/reservationOrders/", text)
        self.assert_refused(shared.arm("POST", path, changed(wanted, "kind", None)), 400, "BadRequest", "kind")
        plans = shared.arm("GET", "/providers/Microsoft.BillingBenefits/savingsPlans", version="2022-11-01")[1]
        self.assertEqual(plans["additionalProperties"][0]["name"], "summary")
        self.assertTrue(all(plan["properties"]["commitment"]["grain"] == "Hourly" for plan in plans["value"]))
        reservations = shared.arm("GET", f"{scope}/reservations", version="2024-04-01")[1]["value"]
        self.assertTrue(reservations and all(one["properties"]["term"] in ("P1Y", "P3Y") for one in reservations))


class Invoices(StandInTest):
    """The Billing API's list, and Microsoft Graph's exports of lines."""

    def setUp(self) -> None:
        super().setUp()
        self.addCleanup(shared.tell, "invoices/forget")
        self.billing = shared.info["graph"] + "/v1.0/reports/partners/billing/"

    def listed(self) -> list[dict[str, Any]]:
        path = shared.billing_account["scope"] + "/invoices?periodStartDate=2026-11-01&periodEndDate=2026-11-30"
        return shared.arm("GET", path, version="2024-04-01")[1]["value"]

    def graph(self, method: str, url: str, body: Any = None, app: str = "owner") -> tuple[int, Any, dict[str, str]]:
        token = shared.token(app, scope=shared.info["graph"] + "/.default")
        data = None if body is None else json.dumps(body).encode()
        return shared.call(url, method, data, {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})

    def ended(self, number: str, kind: str) -> dict[str, Any]:
        status, _, headers = self.graph("POST", f"{self.billing}{kind}/billed/export", {"invoiceId": number})
        self.assertEqual((status, headers["retry-after"]), (202, "1"))
        operation: dict[str, Any] = {"status": "running"}
        while operation["status"] == "running":
            status, operation, _ = self.graph("GET", headers["location"])
            self.assertEqual(status, 200)
        return operation

    def lines(self, manifest: dict[str, Any]) -> list[dict[str, Any]]:
        self.assertEqual(manifest["blobCount"], len(manifest["blobs"]))
        found = []
        for blob in manifest["blobs"]:
            url = f"{manifest['rootDirectory']}/{blob['name']}?{manifest['sasToken']}"
            text = gzip.decompress(shared.call(url)[1]).decode()
            found += [json.loads(line, parse_float=Decimal) for line in text.splitlines()]
        return found

    def manifest(self, operation: dict[str, Any]) -> dict[str, Any]:
        return self.graph("GET", operation["resourceLocation@odata.navigationLink"])[1]

    def test_lines_come_to_the_total_that_is_listed(self) -> None:
        self.assertEqual(len(self.listed()), len(shared.billing_account["profiles"]))
        for invoice in self.listed():
            manifest = self.manifest(self.ended(invoice["name"], "reconciliation"))
            self.assertEqual(manifest["partnerTenantId"], shared.info["tenant"])
            lines = self.lines(manifest)
            self.assertEqual({line["InvoiceNumber"] for line in lines}, {invoice["name"]})
            self.assertEqual(sum(Decimal(line["Subtotal"]) for line in lines),
                             Decimal(str(invoice["properties"]["subTotal"]["value"])))

    def test_equal_lines_have_one_etag(self) -> None:
        number = self.listed()[0]["name"]
        first, second = (self.manifest(self.ended(number, "usage")) for _ in range(2))
        self.assertEqual(first["eTag"], second["eTag"])
        shared.tell("invoice/lines", number=number, kind="usage", lines=[{"InvoiceNumber": number, "Quantity": "1.50"}])
        third = self.manifest(self.ended(number, "usage"))
        self.assertNotEqual(third["eTag"], first["eTag"])
        self.assertEqual(self.lines(third), [{"InvoiceNumber": number, "Quantity": Decimal("1.50")}])

    def test_what_there_is_not_fails_with_http_200(self) -> None:
        operation = self.ended("G000000000", "usage")
        self.assertEqual((operation["status"], operation["error"]["message"]), ("failed", "No data available"))

    def test_who_may_not_and_what_is_wrong(self) -> None:
        number = self.listed()[0]["name"]
        url = self.billing + "usage/billed/export"
        self.assert_refused(self.graph("POST", url, {"invoiceId": number}, "reader"), 403,
                            "Authorization_RequestDenied", "Insufficient privileges")
        self.assert_refused(self.graph("GET", self.billing + "operations/1", app="reader"), 403,
                            "Authorization_RequestDenied", "")
        self.assert_refused(self.graph("GET", self.billing + "operations/1"), 404, "NotFound", "")
        for body in ({}, {"invoiceId": number, "attributeSet": "some"}, {"invoiceId": number, "currencyCode": "EUR"}):
            self.assert_refused(self.graph("POST", url, body), 400, "BadRequest", "")
        arm = {"Authorization": f"Bearer {shared.token()}"}
        self.assert_refused(shared.call(self.billing + "operations/1", headers=arm), 401,
                            "InvalidAuthenticationToken", "audience")


class FaultsOnRequest(StandInTest):
    accounts = "/providers/Microsoft.Billing/billingAccounts"

    def get_accounts(self) -> tuple[int, Any, dict[str, str]]:
        return shared.arm("GET", self.accounts, version="2024-04-01")

    def test_throttling_with_headers_for_so_many_calls(self) -> None:
        name = "x-ms-ratelimit-microsoft.costmanagement-entity-retry-after"
        shared.fault("arm", "throttle", times=2, skip=1, headers={"Retry-After": "7", name: "9"})
        answers = [self.get_accounts() for _ in range(4)]
        self.assertEqual([answer[0] for answer in answers], [200, 429, 429, 200])
        self.assertEqual((answers[1][2]["retry-after"], answers[1][2][name]), ("7", "9"))

    def test_a_connection_is_dropped_reset_or_cut(self) -> None:
        for kind in ("drop", "reset", "cut"):
            shared.fault("arm", kind, path="billingAccounts")
            with self.subTest(kind=kind), self.assertRaises((OSError, http.client.HTTPException)):
                self.get_accounts()
        self.assertEqual(self.get_accounts()[0], 200)

    def test_silence(self) -> None:
        shared.fault("arm", "hang", seconds=30)
        host, port = shared.info["arm"].removeprefix("https://").split(":")
        context = ssl.create_default_context(cafile=shared.info["ca_file"])
        with socket.create_connection((host, int(port))) as plain, \
                context.wrap_socket(plain, server_hostname=host) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            connection.settimeout(0.3)
            with self.assertRaises(TimeoutError):
                connection.recv(1)

    def test_a_huge_answer_says_so_and_goes_on(self) -> None:
        shared.fault("arm", "huge")
        connection = http.client.HTTPSConnection(shared.info["arm"].removeprefix("https://"), timeout=20,
                                                 context=ssl.create_default_context(cafile=shared.info["ca_file"]))
        connection.request("GET", self.accounts)
        answer = connection.getresponse()
        self.assertGreater(int(answer.headers["Content-Length"]), 10_000_000_000)
        self.assertEqual(len(answer.read(1 << 20)), 1 << 20)
        connection.close()

    def test_a_redirect_and_an_xml_bomb(self) -> None:
        shared.fault("arm", "redirect", location="https://elsewhere.invalid/x")
        connection = http.client.HTTPSConnection(shared.info["arm"].removeprefix("https://"), timeout=20,
                                                 context=ssl.create_default_context(cafile=shared.info["ca_file"]))
        connection.request("GET", self.accounts)
        answer = connection.getresponse()
        self.assertEqual((answer.status, answer.headers["Location"]), (307, "https://elsewhere.invalid/x"))
        connection.close()
        shared.fault("storage", "xml_bomb")
        status, body, _ = shared.call(f"{shared.account()['url']}/exports?restype=container&comp=list")
        self.assertEqual(status, 403)
        self.assertEqual(body.count(b"<!ENTITY"), 10)

    def test_what_was_asked_is_told_without_secrets(self) -> None:
        shared.tell("requests/clear")
        token = shared.sas(permissions="rl")
        shared.call(f"{shared.account()['url']}/exports?restype=container&comp=list&{token}", headers={"x-ms-version":
                    "2021-08-06"})
        self.get_accounts()
        told = shared.requests()
        self.assertEqual([entry["service"] for entry in told], ["storage", "login", "arm"])
        self.assertNotIn(dict(urllib.parse.parse_qsl(token))["sig"], json.dumps(told))
        self.assertNotIn(shared.app("owner")["secret"], json.dumps(told))
        self.assertIn("sig=…", told[0]["path"])

    def test_a_bad_fault_is_refused(self) -> None:
        for fault in ({"service": "arm", "kind": "melt"}, {"service": "moon", "kind": "drop"}):
            with self.assertRaises(Exception):
                shared.tell("fault", **fault)


class Storage(StandInTest):
    def get(self, target: str, app: str = "", **headers: str) -> tuple[int, Any, dict[str, str]]:
        named = {"x-ms-version": "2021-08-06", **{name.replace("_", "-"): value for name, value in headers.items()}}
        if app:
            named["Authorization"] = f"Bearer {shared.token(app, scope='https://storage.azure.com/.default')}"
        return shared.call(f"{shared.account()['url']}/{target}", headers=named)

    def setUp(self) -> None:
        super().setUp()
        shared.tell("container", account="partnerexports", container="box")
        shared.write_blob("dir/a b.csv", bytes(range(100)), "box")

    def test_ranges_and_conditions(self) -> None:
        status, body, headers = self.get("box/dir/a%20b.csv", "owner", Range="bytes=10-19")
        self.assertEqual((status, body), (206, bytes(range(10, 20))))
        self.assertEqual(self.get("box/dir/a%20b.csv", "owner", If_Match=headers["etag"])[0], 200)
        shared.write_blob("dir/a b.csv", b"other", "box")
        status, _, headers = self.get("box/dir/a%20b.csv", "owner", If_Match=headers["etag"])
        self.assertEqual((status, headers["x-ms-error-code"]), (412, "ConditionNotMet"))

    def test_who_may_read(self) -> None:
        self.assertEqual(self.get("box/dir/a%20b.csv", "owner")[0], 200)
        for app, status, code in (("nobody", 403, "AuthorizationPermissionMismatch"),
                                  ("storage-reader", 401, "InvalidAuthenticationInfo")):
            answer = self.get("box/dir/a%20b.csv", app)
            self.assertEqual((answer[0], answer[2]["x-ms-error-code"]), (status, code))
        self.assertEqual(self.get("none?restype=container&comp=list", "owner")[2]["x-ms-error-code"],
                         "ContainerNotFound")

    def test_a_sas_of_a_container_and_its_letters(self) -> None:
        list_target = "box?restype=container&comp=list&"
        both = shared.sas(container="box", permissions="rl")
        self.assertEqual(self.get(list_target + both)[0], 200)
        self.assertEqual(self.get("box/dir/a%20b.csv?" + both)[0], 200)
        read = shared.sas(container="box", permissions="r")
        self.assertEqual(self.get(list_target + read)[2]["x-ms-error-code"], "AuthorizationPermissionMismatch")
        broken = both[:-6] + "AAA%3D"
        status, body, headers = self.get(list_target + broken)
        self.assertEqual((status, headers["x-ms-error-code"]), (403, "AuthenticationFailed"))
        self.assertIn(b"<AuthenticationErrorDetail>", body)

    def test_accounts_named_by_the_host(self) -> None:
        connection = http.client.HTTPSConnection(shared.info["storage"].removeprefix("https://"), timeout=20,
                                                 context=ssl.create_default_context(cafile=shared.info["ca_file"]))
        token = shared.sas(permissions="r")
        host = f"partnerexports.blob.{shared.info['storage_suffix']}"
        connection.request("GET", f"/box/dir/a%20b.csv?{token}", headers={"Host": host, "x-ms-version": "2021-08-06"})
        answer = connection.getresponse()
        self.assertEqual((answer.status, answer.read()), (200, bytes(range(100))))
        connection.close()

    def test_odd_lists(self) -> None:
        settings = {"encoded_names": True, "hierarchical": True, "page_size": 1, "empty_pages": True}
        shared.tell("storage", account="partnerexports", **settings)
        self.addCleanup(shared.tell, "storage", account="partnerexports", encoded_names=False, hierarchical=False,
                        page_size=0, empty_pages=False)
        shared.write_blob("dir/c.csv", b"c", "box")
        marker, pages = "", []
        while True:
            _, body, _ = self.get(f"box?restype=container&comp=list&marker={urllib.parse.quote(marker)}", "owner")
            pages.append(re.findall(r'<Name Encoded="true">([^<]*)</Name>', body.decode()))
            found = re.search(r"<NextMarker>([^<]+)</NextMarker>", body.decode())
            if not found:
                break
            marker = found[1]
        self.assertEqual(pages[0], [])
        self.assertEqual([name for page in pages for name in page if name.endswith("csv")],
                         ["dir%2Fa%20b.csv", "dir%2Fc.csv"])
        self.assertIn("dir", pages[1])

    def test_a_body_that_breaks(self) -> None:
        shared.fault("storage", "cut", path="a%20b", bytes=30)
        with self.assertRaises(http.client.IncompleteRead) as caught:
            self.get("box/dir/a%20b.csv", "owner")
        self.assertEqual(caught.exception.partial, bytes(range(30)))


class Plain(unittest.TestCase):
    def test_without_tls_and_without_a_program(self) -> None:
        with StandIn(None, NOW, "--plain", "--registered") as stand_in:
            self.assertEqual({entry["state"] for entry in stand_in.tell("state")["registered"]}, {"Registered"})
            self.assertTrue(all(stand_in.info[name].startswith("http://") for name in ("login", "arm", "storage")))
            path = "/providers/Microsoft.Billing/billingAccounts"
            self.assertEqual(len(stand_in.arm("GET", path, version="2024-04-01")[1]["value"]), 1)
            stand_in.tell("container", account="partnerexports", container="box")
            stand_in.write_blob("a", b"text", "box")
            token = stand_in.token(scope="https://storage.azure.com/.default")
            status, body, _ = stand_in.call(f"{stand_in.account()['url']}/box/a", headers={
                "Authorization": f"Bearer {token}", "x-ms-version": "2021-08-06"})
            self.assertEqual((status, body), (200, b"text"))


if __name__ == "__main__":
    program = sys.argv.pop(1)
    unittest.main()
