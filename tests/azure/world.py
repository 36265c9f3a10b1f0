"""The invented world behind the stand-in: tenants, applications and their roles, billing accounts, storage, a clock.

A world is made from a seed, and from the sample of the program when there is one: its billing account, profiles and
customers are then those of the sample's files. Everything has a fixed id for a seed. Not thread-safe but for Clock.
"""
import base64
import datetime
import hashlib
import threading
import uuid
from dataclasses import dataclass, field
from typing import Any

UTC = datetime.timezone.utc

# What each role lets one do, in words of the stand-in.
ROLES: dict[str, tuple[str, ...]] = {
    "Billing account owner": ("billing/read", "exports/read", "exports/write", "cost/read"),
    "Billing account contributor": ("billing/read", "exports/read", "exports/write", "cost/read"),
    "Billing account reader": ("billing/read", "exports/read", "cost/read"),
    "Billing profile reader": ("billing/read", "exports/read", "cost/read"),
    "Cost Management Contributor": ("exports/read", "exports/write", "cost/read"),
    "Cost Management Reader": ("exports/read", "cost/read"),
    "Contributor": ("provider/write", "provider/read", "storage/write", "exports/read", "exports/write", "cost/read"),
    "Owner": ("provider/write", "provider/read", "storage/write", "roles/write", "exports/read", "exports/write",
              "cost/read"),
    "Reader": ("provider/read",),
    "Storage Blob Data Reader": ("blob/read",),
    "Storage Blob Data Contributor": ("blob/read", "blob/write"),
}
# What a billing role may do, as Billing names it (checkAccess, billingPermissions).
BILLING_ACTIONS = {
    "billing/read": ("Microsoft.Billing/billingAccounts/read", "Microsoft.Billing/billingProperty/read"),
    "exports/read": ("Microsoft.CostManagement/exports/read",),
    "exports/write": ("Microsoft.CostManagement/exports/write", "Microsoft.CostManagement/exports/delete"),
    "cost/read": ("Microsoft.CostManagement/query/read",),
}


class Clock:
    """The time in which exports live. Stands still, but for a second at every run, until it is moved."""

    def __init__(self, now: datetime.datetime):
        self._lock = threading.Lock()
        self._now = now

    def now(self) -> datetime.datetime:
        with self._lock:
            return self._now

    def move_to(self, then: datetime.datetime) -> None:
        with self._lock:
            if then < self._now:
                raise ValueError("the clock does not go back")
            self._now = then

    def tick(self) -> datetime.datetime:
        with self._lock:
            self._now += datetime.timedelta(seconds=1)
            return self._now


def parse_time(text: str) -> datetime.datetime:
    """ISO 8601, a day or a day with a time; UTC when no zone is said. ValueError when it is none."""
    text = text.strip()
    point = text.find(".")
    if point >= 0:  # more than six digits of a second are fine for Azure
        end = point + 1
        while end < len(text) and text[end].isdigit():
            end += 1
        text = text[:point] + text[end:]
    time = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def time_text(time: datetime.datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def precise_time_text(time: datetime.datetime) -> str:
    """With seven digits of a second, as Azure prints times of events."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond:06d}0Z"


@dataclass
class App:
    """An application of Entra, and its service principal."""

    name: str
    client_id: str
    object_id: str
    tenant: str
    secret: str = ""
    secret_expired: bool = False
    certificates: list[bytes] = field(default_factory=list)  # DER
    consented_in: set[str] = field(default_factory=set)  # other tenants that have its service principal
    without_consent: set[str] = field(default_factory=set)  # resources it was not granted, as `arm`, `storage`
    federated_subjects: set[str] = field(default_factory=set)
    blocked: bool = False  # by conditional access
    graph_permissions: list[str] = field(default_factory=list)  # of Microsoft Graph, with an administrator's consent
    is_managed_identity: bool = False


@dataclass
class Assignment:
    client_id: str
    role: str
    scope: str


@dataclass
class Profile:
    name: str
    display_name: str
    currency: str
    system_id: str
    status: str = "Active"


@dataclass
class Customer:
    tenant: str
    name: str
    profile: str
    system_id: str
    subscriptions: list[tuple[str, str]] = field(default_factory=list)  # id, name


@dataclass
class BillingAccount:
    name: str
    display_name: str
    agreement: str
    tenant: str
    profiles: list[Profile] = field(default_factory=list)
    customers: list[Customer] = field(default_factory=list)

    @property
    def scope(self) -> str:
        return f"/providers/Microsoft.Billing/billingAccounts/{self.name}"

    def profile(self, name: str) -> Profile | None:
        return next((profile for profile in self.profiles if profile.name.lower() == name.lower()), None)

    def customer(self, name: str) -> Customer | None:
        return next((customer for customer in self.customers if customer.tenant.lower() == name.lower()), None)


@dataclass
class StorageAccount:
    name: str
    key: str
    tenant: str
    subscription: str
    resource_group: str
    firewall: bool = False
    hierarchical: bool = False  # lists folders as blobs of their own
    encoded_names: bool = False  # lists names as <Name Encoded="true">
    page_size: int = 0  # of lists, whatever was asked; 0: as asked
    empty_pages: bool = False  # an empty page with a marker before each page

    @property
    def resource_id(self) -> str:
        return (f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
                f"/providers/Microsoft.Storage/storageAccounts/{self.name}")


@dataclass
class Commitment:
    """A reservation or a savings plan."""

    kind: str  # Reservation or SavingsPlan
    order: str
    id: str
    name: str
    sku: str
    term: str  # P1Y or P3Y
    quantity: int = 1
    utilisation: int = 90  # percent

    @property
    def benefit_id(self) -> str:
        if self.kind == "Reservation":
            return f"/providers/Microsoft.Capacity/reservationOrders/{self.order}/reservations/{self.id}"
        return f"/providers/Microsoft.BillingBenefits/savingsPlanOrders/{self.order}/savingsPlans/{self.id}"


class World:
    def __init__(self, seed: int, now: datetime.datetime):
        self.seed = seed
        self.clock = Clock(now)
        self.tenants: dict[str, str] = {}  # id -> name
        self.apps: list[App] = []
        self.assignments: list[Assignment] = []
        self.accounts: list[BillingAccount] = []
        self.commitments: list[Commitment] = []
        self.storage: list[StorageAccount] = []
        self.subscriptions: dict[str, str] = {}  # id -> tenant
        self.registered: dict[tuple[str, str], str] = {}  # (subscription, provider in lower case) -> state
        self.token_seconds = 3599
        self.tokens_valid_from = 0.0  # real time; older tokens are refused as expired
        self.page_size = 0  # of ARM's lists; 0: whole
        self.empty_pages = False
        self.next_run_outcomes: list[dict[str, Any]] = []
        self.report_polls = 1  # how often a report is still running when asked
        self.retry_after = 1  # seconds, for reports

    def id_of(self, name: str) -> str:
        return str(uuid.UUID(bytes=hashlib.sha256(f"{self.seed}/{name}".encode()).digest()[:16], version=4))

    def app(self, name: str) -> App:
        return next(app for app in self.apps if app.name == name)

    def app_by_client_id(self, client_id: str) -> App | None:
        return next((app for app in self.apps if app.client_id.lower() == client_id.lower()), None)

    def storage_account(self, name: str) -> StorageAccount | None:
        return next((account for account in self.storage if account.name == name), None)

    def account(self, name: str) -> BillingAccount | None:
        return next((account for account in self.accounts if account.name.lower() == name.lower()), None)

    def may(self, client_id: str, action: str, scope: str) -> bool:
        """Whether the application has a role with this action at the scope or above it."""
        asked = scope.lower().rstrip("/") + "/"
        return any(given.client_id == client_id and action in ROLES[given.role]
                   and asked.startswith(given.scope.lower().rstrip("/") + "/") for given in self.assignments)

    def has_a_role(self, client_id: str, action: str) -> bool:
        return any(given.client_id == client_id and action in ROLES[given.role] for given in self.assignments)

    # Making one.

    def add_app(self, name: str, tenant: str, **more: Any) -> App:
        app = App(name, self.id_of(f"app/{name}"), self.id_of(f"principal/{name}"), tenant,
                  secret=f"{name}~invented~{self.id_of('secret/' + name)[:8]}", **more)
        self.apps.append(app)
        return app

    def add_storage(self, name: str, tenant: str, subscription: str) -> StorageAccount:
        key = base64.b64encode(hashlib.sha512(f"{self.seed}/{name}".encode()).digest()).decode()
        account = StorageAccount(name, key, tenant, subscription, "rg-billing")
        self.storage.append(account)
        self.subscriptions[subscription] = tenant
        return account

    def grant(self, app: App, role: str, scope: str) -> None:
        if role not in ROLES:
            raise ValueError(f"no role is named {role}; there are {', '.join(ROLES)}")
        self.assignments.append(Assignment(app.client_id, role, scope))


def make_world(seed: int, now: datetime.datetime, account: BillingAccount | None,
               commitments: list[Commitment] | None = None) -> World:
    """The first day of a partner: an application with everything granted, and others that lack one thing each.

    `account` is the sample's; a small one is invented without.
    """
    world = World(seed, now)
    partner = account.tenant if account and account.tenant else world.id_of("tenant/partner")
    other = world.id_of("tenant/storage")
    world.tenants = {partner: "Invented Cloud Partner", other: "Invented Storage Tenant"}
    world.commitments = commitments or [
        Commitment("Reservation", world.id_of("order/1"), world.id_of("reservation/1"), "VM_RI_invented",
                   "Standard_D2s_v5", "P1Y"),
        Commitment("SavingsPlan", world.id_of("order/2"), world.id_of("plan/1"), "Compute_invented",
                   "Compute_Savings_Plan", "P3Y")]
    world.accounts = [account or _small_account(world, partner), _direct_account(world, partner)]
    for customer in world.accounts[0].customers:
        world.tenants.setdefault(customer.tenant, customer.name)
        for subscription, _ in customer.subscriptions:
            world.subscriptions[subscription] = customer.tenant
    home = world.add_storage("partnerexports", partner, world.id_of("subscription/partner"))
    away = world.add_storage("otherexports", other, world.id_of("subscription/storage"))
    world.registered[home.subscription, "microsoft.costmanagementexports"] = "NotRegistered"
    world.registered[away.subscription, "microsoft.costmanagementexports"] = "NotRegistered"
    world.add_storage("costreports", world.id_of("tenant/reports"), world.id_of("subscription/reports"))
    billing = world.accounts[0].scope

    owner = world.add_app("owner", partner, consented_in={other}, graph_permissions=["PartnerBilling.Read.All"])
    world.grant(owner, "Billing account owner", billing)
    world.grant(owner, "Contributor", f"/subscriptions/{home.subscription}")
    world.grant(owner, "Storage Blob Data Reader", home.resource_id)
    world.grant(owner, "Storage Blob Data Reader", away.resource_id)
    reader = world.add_app("reader", partner)
    world.grant(reader, "Billing account reader", billing)
    storage_reader = world.add_app("storage-reader", other)
    world.grant(storage_reader, "Storage Blob Data Reader", away.resource_id)
    world.add_app("nobody", partner)
    world.add_app("expired", partner, secret_expired=True)
    world.add_app("blocked", partner, blocked=True)
    world.add_app("unconsented", partner, without_consent={"arm", "storage"})
    world.add_app("graph-only", partner, graph_permissions=["PartnerBilling.Read.All"])
    identity = world.add_app("managed-identity", partner, is_managed_identity=True,
                             graph_permissions=["PartnerBilling.Read.All"])
    world.grant(identity, "Billing account owner", billing)
    world.grant(identity, "Contributor", f"/subscriptions/{home.subscription}")
    world.grant(identity, "Storage Blob Data Reader", home.resource_id)
    owner.federated_subjects.add("system:serviceaccount:billing:apportion")
    return world


def _small_account(world: World, tenant: str) -> BillingAccount:
    account = BillingAccount(f"{world.id_of('account')}:{world.id_of('agreement')}_2019-05-31",
                             "Invented Cloud Partner", "MicrosoftPartnerAgreement", tenant)
    for number, currency in enumerate(("EUR", "USD")):
        account.profiles.append(Profile(f"INV{number}-TEST-BG7-PGB", f"Profile {currency}", currency,
                                        f"INV{number}-TEST-BG7-PGB"))
    for number in range(1, 6):
        account.customers.append(Customer(
            world.id_of(f"customer/{number}"), f"Invented Customer {number}", account.profiles[number % 2].name,
            f"CUST-{number:04d}-BG7-PGB", [(world.id_of(f"subscription/{number}"), f"subscription {number}")]))
    return account


def _direct_account(world: World, tenant: str) -> BillingAccount:
    """A second account of the same tenant, not of a partner agreement, on which nobody has a role."""
    return BillingAccount(f"{world.id_of('direct')}:{world.id_of('direct-agreement')}_2019-05-31",
                          "Invented Direct Customer", "MicrosoftCustomerAgreement", tenant,
                          [Profile("DIRC-TEST-BG7-PGB", "Direct", "USD", "DIRC-TEST-BG7-PGB")])
