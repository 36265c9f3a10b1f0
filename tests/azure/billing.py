"""The Billing API, versions 2024-04-01 and 2020-05-01: what a partner's account consists of, and what one may do there.

The two versions differ in shape: customers lie under their billing profile in the newer one, under the account in the
older one, and statuses and invoices have other names.
"""
import datetime
import re
from typing import Any

from arm import BILLING, Arm, Call, Scope, find_scope, paged, require
from invoices import Invoice, Invoices
from web import Answer, Problem, json_answer
from world import BILLING_ACTIONS, ROLES, BillingAccount, Customer, Profile, World

NEW = "2024-04-01"
ROLE_DEFINITIONS = {"Billing account owner": "50000000-aaaa-bbbb-cccc-100000000000",
                    "Billing account contributor": "50000000-aaaa-bbbb-cccc-100000000001",
                    "Billing account reader": "50000000-aaaa-bbbb-cccc-100000000002",
                    "Billing profile reader": "40000000-aaaa-bbbb-cccc-100000000002"}
ACTION_IDS = {"billing/read": "30000000-aaaa-bbbb-cccc-200000000000",
              "exports/read": "30000000-aaaa-bbbb-cccc-200000000004",
              "exports/write": "30000000-aaaa-bbbb-cccc-200000000007",
              "cost/read": "30000000-aaaa-bbbb-cccc-200000000009"}
ADDRESS = {"addressLine1": "1 Invented Street", "city": "Redmond", "companyName": "Invented Cloud Partner",
           "country": "US", "postalCode": "98052", "region": "WA"}


class Billing:
    def __init__(self, world: World, invoices: Invoices):
        self._world = world
        self._known_invoices = invoices
        self.arm: Arm | None = None

    def __call__(self, call: Call) -> Answer:
        tail = call.tail
        if not tail or tail[0].lower() != "billingaccounts":
            raise Problem(404, "InvalidResourceType", f"The resource type '{'/'.join(tail)}' is not known.")
        if len(tail) == 1:
            self._only(call, "GET")
            return self._accounts(call)
        name = tail[-1].lower()
        if name == "checkaccess":
            self._only(call, "POST")
            levels = [level.lower() for level in tail]
            if "customers" in levels and "billingprofiles" not in levels:  # documented below a billing profile only
                raise Problem(404, "InvalidResourceType", "A customer is asked about below its billing profile.")
            return self._check_access(call, find_scope(self._world, _scope_path(tail[:-1])))
        lists = {"billingprofiles": self._profiles, "customers": self._customers, "invoices": self._invoices,
                 "billingsubscriptions": self._subscriptions, "billingpermissions": self._permissions,
                 "billingroleassignments": self._role_assignments,
                 "billingroledefinitions": self._role_definitions, "reservations": self._reservations}
        self._only(call, "GET")
        if name in lists and len(tail) % 2 == 1:
            scope = find_scope(self._world, _scope_path(tail[:-1]))
            require(self._world, call, "billing/read", scope)
            return lists[name](call, scope)
        return self._one(call)

    @staticmethod
    def _only(call: Call, method: str) -> None:
        if call.request.method != method:
            raise Problem(405, "MethodNotAllowed", f"The HTTP method {call.request.method} is not supported here.",
                          Allow=method)

    def _page(self, call: Call, items: list[Any]) -> Answer:
        return paged(self._world, call, self.arm.base if self.arm else "", items)

    def _one(self, call: Call) -> Answer:
        scope = find_scope(self._world, _scope_path(call.tail))
        require(self._world, call, "billing/read", scope)
        account = scope.account
        assert account
        if scope.kind == "account":
            return json_answer(self._account(call, account))
        if scope.kind == "profile":
            return json_answer(_profile(call, account, account.profile(scope.id)))
        return json_answer(_customer(call, account, account.customer(scope.id)))

    def _accounts(self, call: Call) -> Answer:
        """Those on which the caller has a role of any kind; other accounts are not even named."""
        seen = [account for account in self._world.accounts
                if account.tenant == call.caller.tenant
                and self._world.may(call.caller.client_id, "billing/read", account.scope)]
        return self._page(call, [self._account(call, account) for account in seen])

    def _account(self, call: Call, account: BillingAccount) -> dict[str, Any]:
        properties: dict[str, Any] = {
            "accountStatus": "Active", "accountType": "Enterprise" if call.version < NEW else "Business",
            "agreementType": account.agreement, "displayName": account.display_name, "hasReadAccess": True}
        if call.version >= NEW:
            properties |= {"accountSubType": "Enterprise", "primaryBillingTenantId": account.tenant}
        elif "billingprofiles" in call.request.query.get("$expand", "").lower():
            properties["billingProfiles"] = {"hasMoreResults": False, "value": [
                _profile(call, account, profile) for profile in account.profiles]}
        body = {"id": account.scope, "name": account.name, "type": "Microsoft.Billing/billingAccounts",
                "properties": properties}
        if call.version >= NEW:
            body["systemData"] = {"createdAt": "2023-01-04T22:39:34.2606750Z",
                                  "lastModifiedAt": "2023-01-05T22:39:34.2606750Z"}
        return body

    def _profiles(self, call: Call, scope: Scope) -> Answer:
        account = _account_of(scope)
        return self._page(call, [_profile(call, account, profile) for profile in account.profiles])

    def _customers(self, call: Call, scope: Scope) -> Answer:
        account = _account_of(scope)
        if account.agreement != "MicrosoftPartnerAgreement":
            raise Problem(400, "BadRequest", "Customers are for billing accounts of a Microsoft Partner Agreement.")
        found = [customer for customer in account.customers if scope.kind == "account" or customer.profile == scope.id]
        search = call.request.query.get("$search", call.request.query.get("search", "")).strip('"').lower()
        return self._page(call, [_customer(call, account, customer) for customer in found
                                 if search in customer.name.lower()])

    def _subscriptions(self, call: Call, scope: Scope) -> Answer:
        account = _account_of(scope)
        found = []
        for customer in account.customers:
            if scope.kind == "account" or scope.id.lower() in (customer.tenant.lower(), customer.profile.lower()):
                found += [_subscription(call, account, customer, *pair) for pair in customer.subscriptions]
        return self._page(call, found)

    def _invoices(self, call: Call, scope: Scope) -> Answer:
        query = call.request.query
        try:
            first, last = (datetime.date.fromisoformat(query.get(name, ""))
                           for name in ("periodstartdate", "periodenddate"))
        except ValueError as error:
            raise Problem(400, "BadRequest", "periodStartDate and periodEndDate are required, YYYY-MM-DD.") from error
        account = _account_of(scope)
        return self._page(call, [_invoice(account, one) for one in self._known_invoices.between(account, first, last)
                                 if scope.kind == "account" or one.profile == scope.id])

    def _reservations(self, call: Call, scope: Scope) -> Answer:
        from benefits import reservation_items  # benefits also answers for another provider
        return self._page(call, reservation_items(self._world, _account_of(scope)))

    # What one may do.

    def _allowed(self, call: Call, scope: Scope) -> list[str]:
        return [action for action in BILLING_ACTIONS
                if self._world.may(call.caller.client_id, action, scope.path)]

    def _permissions(self, call: Call, scope: Scope) -> Answer:
        actions = [ACTION_IDS[action] for action in self._allowed(call, scope)]
        return self._page(call, [{"actions": actions, "notActions": []}])

    def _check_access(self, call: Call, scope: Scope) -> Answer:
        body = call.request.json()
        if not isinstance(body, dict) or not isinstance(body.get("actions"), list) or not body["actions"]:
            raise Problem(400, "BadRequest", "The body must have a list `actions`.")
        names = {name for action in self._allowed(call, scope) for name in BILLING_ACTIONS[action]}
        names |= {ACTION_IDS[action] for action in self._allowed(call, scope)}
        return json_answer([{"accessDecision": "Allowed" if action in names else "NotAllowed", "action": action}
                            for action in body["actions"]])

    def _role_assignments(self, call: Call, scope: Scope) -> Answer:
        found = []
        for given in self._world.assignments:
            app = self._world.app_by_client_id(given.client_id)
            if given.role in ROLE_DEFINITIONS and app and given.scope.lower() == scope.path.lower():
                definition = ROLE_DEFINITIONS[given.role]
                name = f"{definition}_{app.object_id}"
                found.append({
                    "id": f"{scope.path}/billingRoleAssignments/{name}", "name": name,
                    "type": "Microsoft.Billing/billingAccounts/billingRoleAssignments",
                    "properties": {
                        "createdOn": "2026-01-19T20:10:50.1028398Z", "createdByPrincipalTenantId": app.tenant,
                        "createdByPrincipalId": self._world.id_of("principal/admin"), "principalId": app.object_id,
                        "principalTenantId": app.tenant, "principalType": "ServicePrincipal",
                        "roleDefinitionId": f"{scope.path}/billingRoleDefinitions/{definition}",
                        "scope": scope.path}})
        return self._page(call, found)

    def _role_definitions(self, call: Call, scope: Scope) -> Answer:
        return self._page(call, [
            {"id": f"{scope.path}/billingRoleDefinitions/{name}", "name": name,
             "type": "Microsoft.Billing/billingAccounts/billingRoleDefinitions",
             "properties": {"roleName": role, "description": role,
                            "permissions": [{"actions": [ACTION_IDS[action] for action in ROLES[role]]}]}}
            for role, name in ROLE_DEFINITIONS.items()])


def _scope_path(tail: tuple[str, ...]) -> str:
    """The scope that a billing path names; customers under a profile count as those of the account."""
    path = "/providers/Microsoft.Billing/" + "/".join(tail)
    return re.sub(r"(?i)/billingprofiles/[^/]+(/customers/[^/]+)$", r"\1", path)


def _account_of(scope: Scope) -> BillingAccount:
    assert scope.account
    return scope.account


def _profile(call: Call, account: BillingAccount, profile: Profile | None) -> dict[str, Any]:
    assert profile
    properties: dict[str, Any] = {
        "billTo": {**ADDRESS, "isValidAddress": True} if call.version >= NEW else ADDRESS,
        "currency": profile.currency, "displayName": profile.display_name, "hasReadAccess": True, "invoiceDay": 5,
        "invoiceEmailOptIn": True, "spendingLimit": "Off", "status": profile.status, "systemId": profile.system_id}
    if call.version >= NEW:
        properties |= {"shipTo": properties["billTo"], "soldTo": properties["billTo"]}
    else:
        properties |= {"billingRelationshipType": "CSPPartner", "targetClouds": ["Azure"]}
    return {"id": f"{account.scope}/billingProfiles/{profile.name}", "name": profile.name,
            "type": "Microsoft.Billing/billingAccounts/billingProfiles", "properties": properties}


def _customer(call: Call, account: BillingAccount, customer: Customer | None) -> dict[str, Any]:
    assert customer
    profile = account.profile(customer.profile)
    assert profile
    profile_id = f"{account.scope}/billingProfiles/{profile.name}"
    new = call.version >= NEW
    properties: dict[str, Any] = {
        "billingProfileDisplayName": profile.display_name, "billingProfileId": profile_id,
        "displayName": customer.name}
    if new:
        properties |= {"systemId": customer.system_id, "status": "Active", "resellers": [],
                       "enabledAzurePlans": [{"skuId": "0001", "skuDescription": "Microsoft Azure Plan"}], "tags": {}}
    above, kind = (profile_id, "billingProfiles/customers") if new else (account.scope, "customers")
    return {"id": f"{above}/customers/{customer.tenant}", "name": customer.tenant,
            "type": f"Microsoft.Billing/billingAccounts/{kind}", "properties": properties}


def _subscription(call: Call, account: BillingAccount, customer: Customer, id: str, name: str) -> dict[str, Any]:
    profile = account.profile(customer.profile)
    assert profile
    properties = {
        "displayName": name, "subscriptionId": id, "customerDisplayName": customer.name,
        "customerId": f"{account.scope}/billingProfiles/{profile.name}/customers/{customer.tenant}",
        "billingProfileId": f"{account.scope}/billingProfiles/{profile.name}",
        "billingProfileDisplayName": profile.display_name, "skuId": "0001", "skuDescription": "Microsoft Azure Plan",
        ("status" if call.version >= NEW else "subscriptionBillingStatus"): "Active"}
    return {"id": f"{account.scope}/billingSubscriptions/{id}", "name": id,
            "type": "Microsoft.Billing/billingAccounts/billingSubscriptions", "properties": properties}


def _invoice(account: BillingAccount, invoice: Invoice) -> dict[str, Any]:
    profile = account.profile(invoice.profile)
    assert profile

    def amount(value: Any) -> dict[str, Any]:
        return {"currency": invoice.currency, "value": float(value)}  # its digits are those of the amount

    properties = {
        "amountDue": amount(0), "azurePrepaymentApplied": amount(0), "billedAmount": amount(invoice.total),
        "creditAmount": amount(0), "freeAzureCreditApplied": amount(0), "subTotal": amount(invoice.total),
        "taxAmount": amount(0), "totalAmount": amount(invoice.total),
        "billingProfileDisplayName": profile.display_name,
        "billingProfileId": f"{account.scope}/billingProfiles/{profile.name}", "documentType": invoice.kind,
        "documents": [{"kind": "Invoice", "name": f"{invoice.number}-doc", "source": "DRS"}],
        "dueDate": f"{invoice.issued + datetime.timedelta(days=30)}T00:00:00Z",
        "invoiceDate": f"{invoice.issued}T00:00:00Z", "invoicePeriodStartDate": f"{invoice.month}T00:00:00Z",
        "invoicePeriodEndDate": f"{invoice.last_day}T00:00:00Z", "isMonthlyInvoice": True, "status": invoice.status}
    if invoice.credit_for:
        properties["creditForDocumentId"] = f"{BILLING}{account.name}/invoices/{invoice.credit_for}"
    return {"id": f"{BILLING}{account.name}/invoices/{invoice.number}", "name": invoice.number,
            "type": "Microsoft.Billing/billingAccounts/invoices", "properties": properties}
