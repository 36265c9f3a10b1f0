"""Starts the stand-in for a test, and talks to it; or for a person:

    python3 tests/azure/scenario.py --program build/release/apportion --serve

prints `export …` lines for a shell, then serves until it is interrupted. Options that it does not know go to server.py.
"""
import argparse
import base64
import datetime
import json
import re
import select
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
START_SECONDS_MAX = 120
EXPORTS_PROVIDER = "Microsoft.CostManagementExports"


class ControlError(Exception):
    pass


class StandIn:
    """A running stand-in. Use as a context, or call close()."""

    def __init__(self, program: Path | str | None = None, now: str = "2026-11-22T09:00:00Z", *options: Any):
        command = [sys.executable, "-B", str(HERE / "server.py"), "--now", now, "--until-input-ends"]
        if program:
            command += ["--program", str(program)]
        self._process = subprocess.Popen([*command, *map(str, options)], stdin=subprocess.PIPE,
                                         stdout=subprocess.PIPE, encoding="utf-8")
        self.info: dict[str, Any] = json.loads(self._first_line())

    def _first_line(self) -> str:
        assert self._process.stdout
        ready, _, _ = select.select([self._process.stdout], [], [], START_SECONDS_MAX)
        line = self._process.stdout.readline() if ready else ""
        if not line:
            self._process.kill()
            raise RuntimeError("the stand-in did not start; its standard error tells why")
        return line

    def __enter__(self) -> "StandIn":
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def close(self) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()

    # What a program needs to know.

    def environment(self) -> dict[str, str]:
        """Variables that lead a program to the stand-in; no credentials among them."""
        info = self.info
        return {"AZURE_AUTHORITY_HOST": info["login"], "APPORTION_ARM_ENDPOINT": info["arm"],
                "APPORTION_IMDS_ENDPOINT": info["imds"], "APPORTION_GRAPH_ENDPOINT": info["graph"],
                "SSL_CERT_FILE": info["ca_file"],
                "APPORTION_CA_FILE": info["ca_file"], "NODE_EXTRA_CA_CERTS": info["ca_file"]}

    def app_environment(self, app: str = "owner", certificate: bool = False) -> dict[str, str]:
        """Variables that sign in as one of the applications: owner, reader, nobody, expired, blocked, …"""
        known = self.app(app)
        credential = ({"AZURE_CLIENT_CERTIFICATE_PATH": known["certificate"]} if certificate
                      else {"AZURE_CLIENT_SECRET": known["secret"]})
        return {"AZURE_TENANT_ID": known["tenant"], "AZURE_CLIENT_ID": known["client_id"], **credential}

    def app_service_environment(self) -> dict[str, str]:
        return {"IDENTITY_ENDPOINT": self.info["app_service"], "IDENTITY_HEADER": self.info["app_service_header"]}

    def app(self, name: str) -> dict[str, str]:
        return self.info["apps"][name]

    @property
    def billing_account(self) -> dict[str, Any]:
        return self.info["billing_accounts"][0]

    def account(self, name: str = "partnerexports") -> dict[str, str]:
        return self.info["storage_accounts"][name]

    def location(self, export: str, container: str = "exports", root: str = "", account: str = "partnerexports") -> str:
        """Where the runs of an export lie, as a connection takes it."""
        return "/".join(part for part in (self.account(account)["url"], container, root, export) if part)

    # Telling it.

    def tell(self, command: str, **body: Any) -> Any:
        """A command of control.py and its answer."""
        request = urllib.request.Request(f"{self.info['control']}/stand-in/{command}", json.dumps(body).encode(),
                                         {"Content-Type": "application/json"}, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=600) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise ControlError(error.read().decode()) from error

    def fault(self, service: str, kind: str, **more: Any) -> None:
        """A fault of faults.py for the next call that matches."""
        self.tell("fault", service=service, kind=kind, **more)

    def advance(self, days: int = 0, hours: int = 0) -> dict[str, Any]:
        return self.tell("clock", days=days, hours=hours)

    def requests(self, service: str = "", path: str = "") -> list[dict[str, Any]]:
        """What was asked since the start or `requests/clear`."""
        return [entry for entry in self.tell("requests")
                if service in ("", entry["service"]) and re.search(path, entry["path"])]

    def sas(self, account: str = "partnerexports", **more: Any) -> str:
        """A token without the question mark; `permissions`, `expires`, `hours`, `container`, `resource_types`, …"""
        return self.tell("sas", account=account, **more)["token"]

    def blobs(self, container: str = "exports", prefix: str = "", account: str = "partnerexports") -> list[str]:
        return self.tell("blobs", account=account, container=container, prefix=prefix)

    def read_blob(self, name: str, container: str = "exports", account: str = "partnerexports") -> bytes:
        told = self.tell("blob/get", account=account, container=container, name=name)
        return base64.b64decode(told["base64"])

    def write_blob(self, name: str, data: bytes, container: str = "exports", account: str = "partnerexports") -> None:
        self.tell("blob/put", account=account, container=container, name=name, base64=base64.b64encode(data).decode())

    def register_provider(self, account: str = "partnerexports", state: str = "Registered") -> None:
        self.tell("register", account=account, state=state)

    # Calls as a client makes them.

    def token(self, app: str = "owner", tenant: str = "", scope: str = "https://management.azure.com/.default") -> str:
        known = self.app(app)
        form = {"grant_type": "client_credentials", "client_id": known["client_id"],
                "client_secret": known["secret"], "scope": scope}
        url = f"{self.info['login']}/{tenant or known['tenant']}/oauth2/v2.0/token"
        status, body, _ = self.call(url, "POST", urllib.parse.urlencode(form).encode())
        if status != 200:
            raise ControlError(json.dumps(body))
        return body["access_token"]

    def arm(self, method: str, path: str, body: Any = None, app: str = "owner", version: str = "2025-03-01",
            **headers: str) -> tuple[int, Any, dict[str, str]]:
        """Status, body and headers of a call of Resource Manager."""
        url = f"{self.info['arm']}{urllib.parse.quote(path, safe='/:?&=$,')}"
        url += f"{'&' if '?' in path else '?'}api-version={version}"
        data = None if body is None else json.dumps(body).encode()
        named = {"Authorization": f"Bearer {self.token(app)}", "Content-Type": "application/json", **headers}
        return self.call(url, method, data, named)

    def call(self, url: str, method: str = "GET", data: bytes | None = None,
             headers: dict[str, str] | None = None) -> tuple[int, Any, dict[str, str]]:
        """Any call; a body that is JSON comes parsed, another as bytes."""
        request = urllib.request.Request(url, data, headers or {}, method=method)
        context = self._tls()
        try:
            with urllib.request.urlopen(request, timeout=120, context=context) as answer:
                status, headers_got, content = answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            status, headers_got, content = error.code, error.headers, error.read()
        named = {name.lower(): value for name, value in headers_got.items()}
        is_json = "json" in named.get("content-type", "") and content
        return status, json.loads(content) if is_json else content, named

    def _tls(self) -> Any:
        import ssl
        return ssl.create_default_context(cafile=self.info["ca_file"])

    # Exports, as a test makes them.

    def export_body(self, dataset: str = "ActualCost", account: str = "partnerexports", container: str = "exports",
                    root: str = "", start: str = "", **properties: Any) -> dict[str, Any]:
        """The body of a daily month-to-date export that begins tomorrow."""
        now = datetime.datetime.fromisoformat(self.tell("state")["now"].replace("Z", "+00:00"))
        tomorrow = (now + datetime.timedelta(days=1)).strftime("%Y-%m-%dT03:00:00Z")
        destination = {"type": "AzureBlob", "resourceId": self.account(account)["resource_id"], "container": container,
                       "rootFolderPath": root}
        return {"properties": {
            "format": "Csv", "compressionMode": "none", "dataOverwriteBehavior": "CreateNewReport",
            "partitionData": True,
            "definition": {"type": dataset, "timeframe": "MonthToDate", "dataSet": {"granularity": "Daily"}},
            "deliveryInfo": {"destination": destination},
            "schedule": {"status": "Active", "recurrence": "Daily",
                         "recurrencePeriod": {"from": start or tomorrow, "to": "2030-01-01T00:00:00Z"}},
            **properties}}

    def export_path(self, name: str, scope: str = "") -> str:
        return f"{scope or self.billing_account['scope']}/providers/Microsoft.CostManagement/exports/{name}"


def _serve(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scenario.py", description="Serves a stand-in for Azure to a shell")
    parser.add_argument("--serve", action="store_true", required=True)
    parser.add_argument("--program")
    parser.add_argument("--now", default="2026-11-22T09:00:00Z")
    parser.add_argument("--json", action="store_true", help="everything there is to know, as one line of JSON")
    options, more = parser.parse_known_args(arguments)
    with StandIn(options.program, options.now, *more) as stand_in:
        if options.json:
            print(json.dumps(stand_in.info), flush=True)
        else:
            for name, value in {**stand_in.environment(), **stand_in.app_environment(), **_extras(stand_in)}.items():
                print(f"export {name}={shlex.quote(value)}", flush=True)
            print(flush=True)
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return 0


def _extras(stand_in: StandIn) -> dict[str, str]:
    return {"STAND_IN_CONTROL": stand_in.info["control"], "STAND_IN_BILLING_SCOPE": stand_in.billing_account["scope"],
            "STAND_IN_STORAGE": stand_in.account()["url"],
            "STAND_IN_STORAGE_ID": stand_in.account()["resource_id"],
            "STAND_IN_OTHER_STORAGE": stand_in.account("otherexports")["url"],
            "STAND_IN_OTHER_TENANT": stand_in.info["storage_tenant"]}


if __name__ == "__main__":
    sys.exit(_serve(sys.argv[1:]))
