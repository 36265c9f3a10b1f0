"""A stand-in for Azure: Entra ID, managed identities, Resource Manager with Billing and Cost Management, Blob storage,
and Microsoft Graph's billing of partners.

    python3 server.py [--program build/release/apportion] [--now 2026-11-22T09:00:00Z] [--plain] …

Prints one line of JSON with its endpoints, ids and secrets when it is ready, then serves until it is told to end
(SIGTERM, or the end of its standard input with --until-input-ends). All of it is on free ports of 127.0.0.1, with
certificates made at the start. `control.py` tells what it can be told.
"""
import argparse
import datetime
import json
import os
import signal
import ssl
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import keys
from arm import Arm
from benefits import Benefits
from billing import Billing
from control import Control
from entra import IMDS_HEADER_SECRET, Entra, Tokens
from exports import Exports
from faults import Faults
from invoices import Invoices
from partner_billing import PartnerBilling
from reports import Reports
from resources import CostManagement, Resources
from runs import Runner
from sample_data import SampleData
from storage import Storage
from web import Listener, RequestLog
from world import UTC, World, make_world, parse_time

STORAGE_NAMES = ["*.blob.core.localhost", "*.dfs.core.localhost"]


class StandIn:
    def __init__(self, options: argparse.Namespace, folder: Path):
        self._folder = folder
        self.files = keys.make_server_files(folder, STORAGE_NAMES)
        cache = Path(options.sample_cache) if options.sample_cache else folder / "samples"
        cache.mkdir(parents=True, exist_ok=True)
        program = Path(options.program).resolve() if options.program else None
        data = SampleData(program, cache, options.seed, options.customers, options.rows, options.part_rows)
        now = options.now.date()
        self.world = make_world(options.seed, options.now, data.billing_account(now), data.commitments(now))
        self.world.retry_after = options.retry_after
        if options.registered:
            self.world.registered = {key: "Registered" for key in self.world.registered}
        self._add_certificates()
        tokens = Tokens(self.world, keys.make_private_key(folder))
        self.faults, self.log = Faults(), RequestLog()
        self.storage = Storage(self.world, tokens, self.files, folder)
        self.entra = Entra(self.world, tokens)
        self._make_services(tokens, data)
        self._listen(options.plain)

    def _add_certificates(self) -> None:
        owner = self.world.app("owner")
        self.certificate = keys.make_client_certificate(self._folder, owner.name)
        owner.certificates = keys.pem_blocks(self.certificate.read_text(encoding="ascii"), "CERTIFICATE")

    def _make_services(self, tokens: Tokens, data: SampleData) -> None:
        world = self.world
        self.exports = Exports(world, Runner(world, data, self.storage))
        invoices = Invoices(world, data)
        reports, benefits = Reports(world, data, self.storage, invoices), Benefits(world)
        billing, resources = Billing(world, invoices), Resources(world)
        self.graph = PartnerBilling(world, tokens, invoices, self.storage, data.part_rows)
        self.arm = Arm(world, tokens, {
            "microsoft.costmanagement": CostManagement(self.exports, reports, benefits),
            "microsoft.billing": billing, "microsoft.billingbenefits": benefits,
            "microsoft.authorization": resources.permissions, "microsoft.resources": resources,
            "microsoft.storage": resources.storage})
        for service in (reports, benefits, billing, resources):
            service.arm = self.arm
        self.control = Control(world, self.faults, self.log, self.exports, tokens, self.storage, invoices, self.graph)

    def _listen(self, plain: bool) -> None:
        tls = None
        if not plain:
            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(self.files.certificate, self.files.key)

        def listener(name: str, service: Any, context: ssl.SSLContext | None) -> Listener:
            return Listener(name, service, self.log, self.faults, context)

        self.listeners = {
            "login": listener("login", self.entra.login, tls), "arm": listener("arm", self.arm.answer, tls),
            "storage": listener("storage", self.storage.answer, tls),
            "graph": listener("graph", self.graph.answer, tls),
            "imds": listener("imds", self.entra.managed_identity, None)}
        # Control is no part of Azure: it stays out of the log, and no fault touches it.
        self.listeners["control"] = Listener("control", self.control.answer, RequestLog(), None, None)
        self.entra.base, self.entra.arm_base = self.listeners["login"].base, self.listeners["arm"].base
        self.arm.base, self.storage.base = self.listeners["arm"].base, self.listeners["storage"].base
        self.entra.graph_base = self.graph.base = self.listeners["graph"].base

    def start(self) -> None:
        self.storage.start()
        for listener in self.listeners.values():
            listener.start()

    def stop(self) -> None:
        for listener in self.listeners.values():
            listener.shutdown()
        self.storage.stop()

    def description(self) -> dict[str, Any]:
        """What a test needs to know; the secrets are invented and of no use elsewhere."""
        bases = {name: listener.base for name, listener in self.listeners.items()}
        return {
            **bases, "storage_suffix": f"core.localhost:{bases['storage'].rpartition(':')[2]}",
            "ca_file": str(self.files.ca), "app_service": f"{bases['imds']}/msi/token",
            "app_service_header": IMDS_HEADER_SECRET, "storage_missing": self.storage.missing,
            **describe(self.world, bases["storage"], self.certificate)}


def describe(world: World, storage: str, certificate: Path) -> dict[str, Any]:
    def app_of(app: Any) -> dict[str, Any]:
        known = {"client_id": app.client_id, "object_id": app.object_id, "tenant": app.tenant, "secret": app.secret}
        if app.certificates:
            known |= {"certificate": str(certificate), "certificate_pfx": str(certificate.with_suffix(".pfx"))}
        return known

    return {
        "tenant": world.accounts[0].tenant, "storage_tenant": world.storage_account("otherexports").tenant,
        "apps": {app.name: app_of(app) for app in world.apps},
        "billing_accounts": [{
            "name": account.name, "scope": account.scope, "agreement": account.agreement,
            "profiles": [{"name": one.name, "currency": one.currency} for one in account.profiles],
            "customers": [{"tenant": one.tenant, "name": one.name, "profile": one.profile,
                           "subscriptions": [id for id, _ in one.subscriptions]} for one in account.customers]}
            for account in world.accounts],
        "storage_accounts": {account.name: {
            "resource_id": account.resource_id, "tenant": account.tenant, "url": f"{storage}/{account.name}",
            "key": account.key} for account in world.storage if account.name != "costreports"}}


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="server.py", description="A stand-in for Azure, for tests")
    parser.add_argument("--program", help="apportion, for what exports and reports deliver")
    parser.add_argument("--now", type=parse_time, default=datetime.datetime.now(UTC).replace(microsecond=0),
                        help="where the clock of exports stands (default: now)")
    parser.add_argument("--seed", type=int, default=1, help="of the invented partner")
    parser.add_argument("--customers", type=int, default=12)
    parser.add_argument("--rows", type=int, default=2000, help="of a month, about")
    parser.add_argument("--part-rows", type=int, default=1000, help="of one part of a run; 0: one part")
    parser.add_argument("--sample-cache", help="folder for samples, kept over starts")
    parser.add_argument("--retry-after", type=int, default=1, help="seconds to wait for a report")
    parser.add_argument("--registered", action="store_true",
                        help="with Microsoft.CostManagementExports registered; else a client must do that")
    parser.add_argument("--plain", action="store_true", help="http in place of https")
    parser.add_argument("--until-input-ends", action="store_true", help="end with the standard input")
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> None:
    options = parse(arguments)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    with tempfile.TemporaryDirectory(prefix="stand-in-") as folder:
        stand_in = StandIn(options, Path(folder))
        stand_in.start()
        try:
            print(json.dumps(stand_in.description()), flush=True)
            if options.until_input_ends:
                threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
            ended.wait()
        finally:
            stand_in.stop()
    os._exit(0)  # connections that a fault keeps open must not hold the end up


if __name__ == "__main__":
    main(sys.argv[1:])
