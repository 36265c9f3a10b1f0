"""Commands and calls of the API, held against each other: what one surface can, the other can, or here is why not."""
import re
import unittest

import service_harness
from service_harness import Service, harness

AT_THE_MACHINE = "it needs files or keys of the machine itself"
OF_COMMANDS = "only commands ask a cluster: the service has an engine of its own"
# Command -> operations, or why there is none.
COMMANDS: dict[str, tuple[str, ...] | str] = {
    "init": AT_THE_MACHINE,
    "first-day": ("getFirstDay",),
    "sample": "it writes files to a folder that is named; `startDemo` fills the home",
    "demo": ("startDemo",),
    "connection add": ("addConnection",),
    "connection edit": ("changeConnection",),
    "connection list": ("listConnections",),
    "connection show": ("getConnection",),
    "connection remove": ("removeConnection",),
    "connection scopes": ("discoverScopes",),
    "connection status": ("getFreshness",),
    "connection test": ("testConnection",),
    "exports plan": ("planExports",),
    "exports apply": ("applyExports",),
    "exports list": ("planExports",),
    "exports run": ("runExport",),
    "exports history": ("getExportHistory",),
    "exports backfill": ("backfillExports",),
    "sync": ("startImport",),
    "import": ("addUpload", "getUpload", "removeUpload", "startImport", "importInvoiceLines",
               "importLegacyBill"),
    "imports list": ("listImports",),
    "imports withdraw": ("withdrawImport",),
    "months": ("listMonths",),
    "months lock": ("lockMonths",),
    "months unlock": ("unlockMonths",),
    "months late": ("listLateChanges",),
    "months late accept": ("decideLateChange",),
    "months late leave": ("decideLateChange",),
    "months late carry": ("decideLateChange",),
    "customer list": ("listCustomers", "getCustomer"),
    "customer discover": ("discoverCustomers", "listTenants"),
    "customer import": ("importCustomers",),
    "customer add": ("addCustomer",),
    "customer edit": ("changeCustomer",),
    "customer remove": ("removeCustomer",),
    "customer retire": ("retireCustomer",),
    "customer merge": ("mergeCustomer",),
    "customer erase": ("eraseCustomer",),
    "rules check": ("checkDocument",),
    "rules preview": ("previewDocument",),
    "rules apply": ("applyDocument",),
    "rules diff": ("compareDocumentVersions",),
    "rules revert": ("getDocumentVersion", "applyDocument"),
    "rules show": ("getDocument", "getDocumentVersion"),
    "rules history": ("listDocumentVersions",),
    "split": ("splitMonths",),
    "prove": ("proveMonths",),
    "reconcile": ("reconcileInvoices", "listDifferences", "downloadReconciliation"),
    "migrate plan": ("getMigrationPlan", "downloadMigrationPlan"),
    "migrate compare": ("getMigration", "listMigratedCustomers", "listMigratedAmounts", "listMigrationGains"),
    "migrate report": ("downloadMigrationReport",),
    "invoice list": ("listInvoices",),
    "invoice add": ("addInvoice",),
    "invoice remove": ("removeInvoice",),
    "report costs": ("queryCosts", "listCostValues", "queryCharges"),
    "report changes": ("listChanges",),
    "report send": ("sendToCustomer",),
    "report subscriptions list": ("listReportSubscriptions", "getReportSubscription", "listReportDeliveries"),
    "report subscriptions add": ("addReportSubscription",),
    "report subscriptions edit": ("changeReportSubscription",),
    "report subscriptions remove": ("removeReportSubscription",),
    "report subscriptions run": ("runReportSubscription",),
    "report folders list": ("listReportFolders",),
    "report folders add": AT_THE_MACHINE,
    "report folders remove": AT_THE_MACHINE,
    "query": ("askInSql", "listRelations"),
    "dataset charges": ("downloadCharges",),
    "lake publish": AT_THE_MACHINE,
    "dataset focus": ("downloadFocus", "describeFocus"),
    "columns": ("listColumns",),
    "commitments list": ("listCommitments",),
    "commitments show": ("getCommitment",),
    "commitments utilisation": ("reportCommitments",),
    "commitments coverage": ("reportCommitments",),
    "commitments savings": ("reportCommitments",),
    "commitments unused": ("reportCommitments",),
    "commitments amortisation": ("reportCommitments",),
    "commitments recommendations": ("reportCommitments",),
    "commitments warnings": ("reportCommitments",),
    "commitments refresh": ("refreshCommitments",),
    "commitments summaries": ("listUseSummaries",),
    "commitments policy check": ("checkDocument",),
    "commitments policy preview": ("previewDocument",),
    "commitments policy apply": ("applyDocument",),
    "commitments policy diff": ("compareDocumentVersions",),
    "commitments policy revert": ("getDocumentVersion", "applyDocument"),
    "commitments policy show": ("getDocument", "getDocumentVersion"),
    "commitments policy history": ("listDocumentVersions",),
    "explain": ("explainCharge", "explainCustomer"),
    "serve": "it is what answers",
    "worker": ("getLake", "takeRuns", "renewLease", "returnRuns", "answerRuns", "endWorker"),
    "jobs list": ("listJobs", "getJob"),
    "jobs stop": ("stopJob",),
    "user list": ("listUsers", "getUser"),
    "user add": ("addUser",),
    "user edit": ("changeUser",),
    "user remove": ("removeUser",),
    "user invite": ("inviteUser",),
    "user password": "people choose their own: changePassword, acceptInvitation",
    "user totp": ("startOneTimeCodes", "confirmOneTimeCodes", "removeOneTimeCodes"),
    "user sessions": ("listSessions", "endSession"),
    "user tenants": ("listSignInTenants", "mapSignInTenant", "unmapSignInTenant"),
    "user provider show": ("getIdentityProvider",),
    "user provider set": ("setIdentityProvider",),
    "user provider remove": ("removeIdentityProvider",),
    "token list": ("listTokens",),
    "token add": ("addToken",),
    "token revoke": ("revokeToken",),
    "alerts list": ("listAlerts",),
    "alerts channels": ("listAlertChannels",),
    "alerts add-webhook": ("setAlertChannel",),
    "alerts add-mail": ("setAlertChannel",),
    "alerts remove": ("removeAlertChannel",),
    "alerts test": ("testAlertChannel",),
    "alerts check": "each round of the service does it",
    "doctor": AT_THE_MACHINE,
    "config list": ("listSettings",),
    "config get": ("listSettings",),
    "config set": ("changeSetting",),
    "config brand show": ("getBrand", "getBrandLogo"),
    "config brand set": ("setBrand",),
    "config trino show": OF_COMMANDS,
    "config trino set": OF_COMMANDS,
    "config trino check": OF_COMMANDS,
    "config trino register": OF_COMMANDS,
    "config trino remove": OF_COMMANDS,
    "key show": AT_THE_MACHINE,
    "key rotate": AT_THE_MACHINE,
    "audit show": ("listAuditEntries",),
    "audit export": ("exportAudit",),
    "audit anchor": AT_THE_MACHINE,
    "audit verify": ("verifyAudit",),
    "backup": AT_THE_MACHINE,
    "restore": AT_THE_MACHINE,
    "completion": "of a shell",
    "version": ("getHealth",),
}
# Operations without a command, and why.
CALLS = {
    "signIn": "the command line acts as the operating system's user",
    "signOut": "as above",
    "openSignInLink": "it is what `serve --open` prints",
    "acceptInvitation": "whoever was invited does it",
    "beginProviderSignIn": "browsers do it",
    "finishProviderSignIn": "as above",
    "getSignInMethods": "for the page on which people sign in",
    "changePassword": "people do it themselves; others by `user password`",
    "whoAmI": "for pages",
    "listViews": "views are of pages",
    "addView": "views are of pages",
    "getView": "views are of pages",
    "changeView": "views are of pages",
    "removeView": "views are of pages",
    "getReadiness": "for load balancers and containers",
    "getMetrics": "for Prometheus",
    "getDescription": "it is the description itself",
    "watchEvents": "`jobs list` shows the same",
}


class CommandsAndCalls(harness.WorldTest):
    def commands(self, *path: str) -> list[str]:
        told = self.world.run(*path, "--help").out
        listed = re.search(r"^Subcommands:\n((?:  .*\n)+)", told, re.MULTILINE)
        names = re.findall(r"^  ([a-z][a-z-]*) ", listed[1], re.MULTILINE) if listed else []
        found = [command for name in names for command in self.commands(*path, name)]
        is_group = bool(listed) and "SUBCOMMAND" in told.split("\n")[1] and "[SUBCOMMAND]" not in told.split("\n")[1]
        return found if is_group else [" ".join(path), *found]

    def test_each_has_its_counterpart_or_a_reason(self) -> None:
        self.world.run("init")
        service = Service(self.world)
        self.addCleanup(service.stop)
        paths = service.get("/api/v1/openapi.json").json()["paths"]
        operations = {described["operationId"] for item in paths.values() for method, described in item.items()
                      if method != "parameters"}
        self.assertEqual(sorted(command for command in self.commands() if command), sorted(COMMANDS))
        called = {operation for calls in COMMANDS.values() if not isinstance(calls, str) for operation in calls}
        self.assertEqual(called - operations, set(), "no such operations")
        self.assertEqual(operations - called, set(CALLS), "operations without a command need a reason")


if __name__ == "__main__":
    service_harness.main()
    unittest.main()
