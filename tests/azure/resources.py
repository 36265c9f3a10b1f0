"""What is left of Resource Manager: registration of providers, tenants, subscriptions, storage accounts; and the
switch between the services of Cost Management."""
from typing import Any

from arm import Arm, Call, paged, wrong_tenant
from benefits import Benefits
from exports import Exports
from reports import Reports
from web import Answer, Problem, json_answer
from world import World


_BLOBS = "Microsoft.Storage/storageAccounts/blobServices/containers"
# What Azure's own roles let one do, as far as somebody asks for it; roles of billing are not among them.
RBAC: dict[str, dict[str, list[str]]] = {
    "Owner": {"actions": ["*"]},
    "Contributor": {"actions": ["*"], "notActions": [
        "Microsoft.Authorization/*/Delete", "Microsoft.Authorization/*/Write",
        "Microsoft.Authorization/elevateAccess/Action"]},
    "Reader": {"actions": ["*/read"]},
    "Cost Management Contributor": {"actions": ["Microsoft.CostManagement/*", "Microsoft.Consumption/*",
                                                "Microsoft.Resources/subscriptions/read"]},
    "Cost Management Reader": {"actions": ["Microsoft.CostManagement/*/read", "Microsoft.Consumption/*/read",
                                           "Microsoft.Resources/subscriptions/read"]},
    "Storage Blob Data Reader": {"actions": [f"{_BLOBS}/read"], "dataActions": [f"{_BLOBS}/blobs/read"]},
    "Storage Blob Data Contributor": {
        "actions": [f"{_BLOBS}/read", f"{_BLOBS}/write", f"{_BLOBS}/delete"],
        "dataActions": [f"{_BLOBS}/blobs/{verb}" for verb in ("read", "write", "delete")]},
}


class CostManagement:
    """Microsoft.CostManagement: hands a call to the service that the path names."""

    def __init__(self, exports: Exports, reports: Reports, benefits: Benefits):
        self._exports = exports
        self._operations = {
            ("POST", "generatecostdetailsreport"): reports.create_cost_details,
            ("GET", "costdetailsoperationresults"): reports.result,
            ("POST", "generatebenefitutilizationsummariesreport"): reports.create_benefits,
            ("GET", "benefitutilizationsummariesoperationresults"): reports.result,
            ("GET", "benefitutilizationsummaries"): benefits.summaries}

    def __call__(self, call: Call) -> Answer:
        name = call.tail[0].lower() if call.tail else ""
        if name == "exports":
            return self._exports.answer(call)
        operation = self._operations.get((call.request.method, name))
        if not operation:
            raise Problem(404, "InvalidResourceType", f"The resource type '{name}' could not be found in the namespace "
                          f"'Microsoft.CostManagement' for {call.request.method}.")
        return operation(call)


class Resources:
    def __init__(self, world: World):
        self._world = world
        self.arm: Arm | None = None

    def __call__(self, call: Call) -> Answer:
        parts, method = [part.lower() for part in call.tail], call.request.method
        if parts[:1] == ["subscriptions"] and len(parts) >= 4 and parts[2] == "providers":
            return self._provider(call, parts)
        if method == "GET" and len(parts) == 2 and parts[0] == "subscriptions":
            return self._one_subscription(call, parts[1])
        if method == "GET" and parts == ["tenants"]:
            items = [{"id": f"/tenants/{call.caller.tenant}", "tenantId": call.caller.tenant,
                      "displayName": self._world.tenants.get(call.caller.tenant, ""), "tenantCategory": "Home"}]
            return self._page(call, items)
        if method == "GET" and parts == ["subscriptions"]:
            return self._page(call, [self._subscription(one) for one in self._world.subscriptions
                                     if self._world.may(call.caller.client_id, "provider/read",
                                                        f"/subscriptions/{one}")])
        raise Problem(404, "NotFound", f"{call.request.path} is not there.")

    def _page(self, call: Call, items: list[Any]) -> Answer:
        return paged(self._world, call, self.arm.base if self.arm else "", items)

    def _subscription(self, id: str) -> dict[str, Any]:
        return {"id": f"/subscriptions/{id}", "subscriptionId": id, "tenantId": self._world.subscriptions[id],
                "displayName": f"subscription {id[:8]}", "state": "Enabled"}

    def _one_subscription(self, call: Call, id: str) -> Answer:
        self._check_tenant(call, id)
        if not self._roles(call, f"/subscriptions/{id}"):
            self._check(call, id, "provider/read", "Microsoft.Resources/subscriptions/read")
        return json_answer(self._subscription(id))

    def _roles(self, call: Call, scope: str) -> list[str]:
        """The roles that the caller has at the scope or above it."""
        asked = scope.lower() + "/"
        return [given.role for given in self._world.assignments
                if given.client_id == call.caller.client_id and given.role in RBAC
                and asked.startswith(given.scope.lower() + "/")]

    def permissions(self, call: Call) -> Answer:
        """Microsoft.Authorization: what the caller may do at a resource. Nothing is no error."""
        parts = call.scope_path.lower().split("/")
        if call.request.method != "GET" or call.tail[:1] != ("permissions",) or parts[1:2] != ["subscriptions"]:
            raise Problem(404, "InvalidResourceType", "The stand-in lists permissions of subscriptions and what is in "
                          "them, nothing else.")
        self._check_tenant(call, parts[2])
        empty: dict[str, list[str]] = {"actions": [], "notActions": [], "dataActions": [], "notDataActions": []}
        return self._page(call, [{**empty, **RBAC[role]} for role in self._roles(call, call.scope_path)])

    def _check_tenant(self, call: Call, subscription: str) -> None:
        home = self._world.subscriptions.get(subscription)
        if not home:
            raise Problem(404, "SubscriptionNotFound", f"The subscription '{subscription}' could not be found.")
        if home != call.caller.tenant:
            raise wrong_tenant(call.caller, home)

    def _check(self, call: Call, subscription: str, action: str, name: str) -> None:
        self._check_tenant(call, subscription)
        if not self._world.may(call.caller.client_id, action, f"/subscriptions/{subscription}"):
            raise Problem(403, "AuthorizationFailed", f"The client '{call.caller.client_id}' with object id "
                          f"'{call.caller.object_id}' does not have authorization to perform action '{name}' over "
                          f"scope '/subscriptions/{subscription}' or the scope is invalid.")

    def _provider(self, call: Call, parts: list[str]) -> Answer:
        """Registering goes on for a while: the answer after the next one tells that it is done."""
        subscription, key = parts[1], (parts[1], parts[3])
        registers = parts[4:] == ["register"] and call.request.method == "POST"
        if not registers and (parts[4:] or call.request.method != "GET"):
            raise Problem(405, "MethodNotAllowed", f"{call.request.method} is not supported here.")
        self._check(call, subscription, "provider/write" if registers else "provider/read",
                    f"{call.tail[3]}/{'register/action' if registers else 'read'}")
        state = self._world.registered.get(key, "NotRegistered")
        if registers and state == "NotRegistered":
            state = self._world.registered[key] = "Registering"
        elif state == "Registering":
            self._world.registered[key] = "Registered"
        return json_answer({"id": f"/subscriptions/{subscription}/providers/{call.tail[3]}",
                            "namespace": call.tail[3], "registrationPolicy": "RegistrationRequired",
                            "registrationState": state, "resourceTypes": []})

    def storage(self, call: Call) -> Answer:
        """Microsoft.Storage: accounts are read, nothing else."""
        if call.request.method != "GET" or len(call.tail) != 2 or call.tail[0].lower() != "storageaccounts":
            raise Problem(404, "InvalidResourceType", "The stand-in reads storage accounts only.")
        account = self._world.storage_account(call.tail[1])
        if not account or account.resource_id.lower() != call.request.path.lower():
            raise Problem(404, "ResourceNotFound", f"The Resource '{call.request.path}' was not found.")
        self._check(call, account.subscription, "storage/write", "Microsoft.Storage/storageAccounts/read")
        return json_answer({
            "id": account.resource_id, "name": account.name, "type": "Microsoft.Storage/storageAccounts",
            "location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS", "tier": "Standard"},
            "properties": {"provisioningState": "Succeeded", "isHnsEnabled": account.hierarchical,
                           "primaryEndpoints": {"blob": f"https://{account.name}.blob.core.windows.net/"},
                           "networkAcls": {"defaultAction": "Deny" if account.firewall else "Allow"}}})
