"""Microsoft Graph's billing of partners (v1.0): exports of an invoice's lines, their operations, manifests and files.

An export is asked for, runs for some looks, and leads to a manifest with a SAS and gzip files of JSON lines. What goes
wrong on request is in `Outcome`.
"""
import datetime
import gzip
import hashlib
import json
import re
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any

import sas
from entra import Tokens
from invoices import RECONCILIATION, USAGE, Invoices
from storage import Storage
from web import Answer, Problem, Request, json_answer
from world import UTC, BillingAccount, World, precise_time_text

ACCOUNT = "costreports"
CONTAINER = "partnerbilling"
BASE = "/v1.0/reports/partners/billing/"
PERMISSION = "PartnerBilling.Read.All"
EXPORTS = {"usage/billed/export": USAGE, "reconciliation/billed/export": RECONCILIATION}
ATTRIBUTE_SETS = ("full", "basic")
# What `basic` leaves out of what the sample has.
ONLY_FULL = {"ProductName", "MeterId", "ReservationOrderId", "TermAndBillingCycle"}
NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
NUMBERS = {"EffectiveUnitPrice", "Quantity", "PCToBCExchangeRate", "BillableQuantity", "Subtotal", "TaxTotal",
           "BillingPreTaxTotal"}


@dataclass
class Outcome:
    """What a test wants of the next exports: each member is one deviation from how it goes well."""

    times: int = 1
    fail: dict[str, str] = field(default_factory=dict)  # code and message of a failed operation, told with HTTP 200
    blob_count: int | None = None  # that the manifest states
    missing: bool = False  # the last file is not in storage
    truncate: int = 0  # bytes that the last file lacks
    sas_hours: float = 12
    expired_manifests: int = 0  # how many of the first answers have a SAS that has expired
    partner: str = ""  # partnerTenantId
    root: str = ""  # rootDirectory
    empty_file: bool = False  # one more file, of nothing


@dataclass
class Operation:
    id: str
    invoice: str
    kind: str
    attributes: str
    account: BillingAccount
    created: str
    looks_left: int
    outcome: Outcome
    files: list[str] = field(default_factory=list)
    etag: str = ""
    manifests: int = 0

    @property
    def manifest_id(self) -> str:
        return str(uuid.uuid5(uuid.UUID(self.id), "manifest"))


class PartnerBilling:
    def __init__(self, world: World, tokens: Tokens, invoices: Invoices, storage: Storage, part_rows: int):
        self._world = world
        self._tokens = tokens
        self._invoices = invoices
        self._storage = storage
        self._part_rows = part_rows
        self._lock = threading.Lock()
        self._operations: dict[str, Operation] = {}
        self._outcomes: list[Outcome] = []
        self.base = ""

    def next_export(self, body: dict[str, Any]) -> None:
        """How the next exports go."""
        with self._lock:
            self._outcomes.append(Outcome(**body))

    def forget(self) -> None:
        with self._lock:
            self._outcomes.clear()

    def answer(self, request: Request) -> Answer:
        account = self._account(request)
        if not request.path.startswith(BASE):
            raise Problem(400, "BadRequest", f"Resource not found for the segment '{request.path.split('/')[-1]}'.")
        what = request.path.removeprefix(BASE)
        if request.method == "POST" and what in EXPORTS:
            return self._export(request, EXPORTS[what], account)
        name, _, id = what.partition("/")
        if request.method == "GET" and name == "operations":
            return self._operation(self._found(account, lambda one: one.id == id))
        if request.method == "GET" and name == "manifests":
            return self._manifest(self._found(account, lambda one: one.manifest_id == id and bool(one.etag)))
        raise Problem(405, "MethodNotAllowed", f"{request.method} of {what} is not supported.")

    def _account(self, request: Request) -> BillingAccount:
        """The account of the caller's tenant, if the caller may read its billing."""
        scheme, _, text = request.header("Authorization").partition(" ")
        claims = self._tokens.read(text.strip()) if scheme.lower() == "bearer" else None
        if not claims or not self._tokens.is_alive(claims) or claims["aud"] != self.base:
            raise Problem(401, "InvalidAuthenticationToken", "Access token validation failure. Invalid audience.")
        app = self._world.app_by_client_id(claims["appid"])
        if not app or PERMISSION not in app.graph_permissions:
            raise Problem(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
        account = next((one for one in self._world.accounts if one.tenant == claims["tid"]), None)
        if not account:
            raise Problem(403, "Forbidden", "The tenant is not that of a partner.")
        return account

    def _found(self, account: BillingAccount, fits: Any) -> Operation:
        with self._lock:
            found = next((one for one in self._operations.values() if one.account is account and fits(one)), None)
        if not found:
            raise Problem(404, "NotFound", "The resource could not be found.")
        return found

    def _export(self, request: Request, kind: str, account: BillingAccount) -> Answer:
        body = request.json()
        if not isinstance(body, dict) or set(body) - {"invoiceId", "attributeSet"} or not body.get("invoiceId"):
            raise Problem(400, "BadRequest", "The body has invoiceId, and may have attributeSet.")
        attributes = body.get("attributeSet", "full")
        if attributes not in ATTRIBUTE_SETS:
            raise Problem(400, "BadRequest", f"attributeSet is {' or '.join(ATTRIBUTE_SETS)}.")
        with self._lock:
            outcome = self._outcomes[0] if self._outcomes else Outcome()
            if self._outcomes:
                outcome.times -= 1
                if outcome.times == 0:
                    self._outcomes.pop(0)
            operation = Operation(str(uuid.uuid4()), str(body["invoiceId"]), kind, attributes, account,
                                  _now_text(), self._world.report_polls, outcome)
            self._operations[operation.id] = operation
        return Answer(202, headers={"Location": f"{self.base}{BASE}operations/{operation.id}",
                                    "Retry-After": str(self._world.retry_after)})

    def _operation(self, operation: Operation) -> Answer:
        body = {"@odata.type": "#microsoft.graph.partners.billing.runningOperation", "id": operation.id,
                "status": "running", "createdDateTime": operation.created, "lastActionDateTime": _now_text()}
        operation.looks_left -= 1
        if operation.looks_left >= 0:
            return json_answer(body, **{"Retry-After": str(self._world.retry_after)})
        failure = operation.outcome.fail or self._make(operation)
        if failure:
            return json_answer({**body, "@odata.type": "#microsoft.graph.partners.billing.failedOperation",
                                "status": "failed", "error": failure})
        link = f"{self.base}{BASE}manifests/{operation.manifest_id}"
        return json_answer({**body, "@odata.type": "#microsoft.graph.partners.billing.exportSuccessOperation",
                            "status": "succeeded", "resourceLocation@odata.navigationLink": link})

    def _make(self, operation: Operation) -> dict[str, str]:
        """Writes the files, once; the reason why there are none."""
        if operation.etag:
            return {}
        invoice = self._invoices.find(operation.account, operation.invoice)
        lines = self._invoices.lines(invoice, operation.kind) if invoice else []
        if not lines:
            return {"code": "5000", "message": "No data available"}
        texts = [_json_line(line, operation.attributes) for line in lines]
        operation.etag = hashlib.sha256("".join(texts).encode()).hexdigest()
        step = self._part_rows or len(texts)
        parts = ["".join(texts[start:start + step]) for start in range(0, len(texts), step)]
        if operation.outcome.empty_file:
            parts.append("")
        target = self._storage.container(ACCOUNT, CONTAINER)
        target.create_container()
        for number, text in enumerate(parts):
            name = f"part-{number:05d}.json.gz"
            data = gzip.compress(text.encode("utf-8"), mtime=0)
            is_last = number == len(parts) - 1
            if is_last and operation.outcome.truncate:
                data = data[:-operation.outcome.truncate]
            if not (is_last and operation.outcome.missing):
                target.put(f"{operation.id}/{name}", data)
            operation.files.append(name)
        return {}

    def _manifest(self, operation: Operation) -> Answer:
        outcome = operation.outcome
        operation.manifests += 1
        hours = -1 if operation.manifests <= outcome.expired_manifests else outcome.sas_hours
        account = self._world.storage_account(ACCOUNT)
        assert account
        token = sas.service_sas(ACCOUNT, account.key, CONTAINER, "r",
                                datetime.datetime.now(UTC) + datetime.timedelta(hours=hours))
        count = len(operation.files) if outcome.blob_count is None else outcome.blob_count
        return json_answer({
            "@odata.context": f"{self.base}/v1.0/$metadata#reports/partners/billing/manifests/$entity",
            "id": operation.manifest_id, "schemaVersion": "2", "dataFormat": "compressedJSONLines",
            "createdDateTime": operation.created, "eTag": operation.etag,
            "partnerTenantId": outcome.partner or operation.account.tenant,
            "rootDirectory": outcome.root or f"{self._storage.base}/{ACCOUNT}/{CONTAINER}/{operation.id}",
            "sasToken": token, "partitionType": "default", "blobCount": count,
            "blobs": [{"name": name, "partitionValue": "default"} for name in operation.files]})


def _json_line(record: dict[str, str], attributes: str) -> str:
    """Numbers keep their digits, as no float would."""
    members = []
    for name, value in record.items():
        if attributes == "basic" and name in ONLY_FULL:
            continue
        is_number = name in NUMBERS and NUMBER.fullmatch(value)
        members.append(f"{json.dumps(name)}:{value if is_number else json.dumps(value, ensure_ascii=False)}")
    return "{" + ",".join(members) + "}\n"


def _now_text() -> str:
    return precise_time_text(datetime.datetime.now(UTC))
