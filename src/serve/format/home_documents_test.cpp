// The documents of what a home holds, from values made by hand.
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "foundation/base/next_step.h"
#include "query/report_test_support.h"
#include "serve/format/alert_document.h"
#include "serve/format/audit_document.h"
#include "serve/format/backup_document.h"
#include "serve/format/column_document.h"
#include "serve/format/commitment_document.h"
#include "serve/format/connection_document.h"
#include "serve/format/cost_document.h"
#include "serve/format/error_document.h"
#include "serve/format/export_document.h"
#include "serve/format/freshness_document.h"
#include "serve/format/import_document.h"
#include "serve/format/job_document.h"
#include "serve/format/key_document.h"
#include "serve/format/late_change_document.h"
#include "serve/format/months_document.h"
#include "serve/format/policy_document.h"
#include "serve/format/probe_document.h"
#include "serve/format/rule_document.h"
#include "serve/format/setting_document.h"
#include "serve/format/version_document.h"

namespace apportion {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Month kOctober = *Month::parse("2026-10");

TEST(ErrorDocument, HasItsPartsWithoutSecretsAndKeepsStepsAsMarks) {
  const std::string next = "sign in again: " + step(Step::kTestConnection, {{"connection", "acme"}});
  const auto json = error_json({ErrorId::kNoAnswer, "no answer from https://a.example/x?sig=HIDDEN", "acme", "", next});
  EXPECT_EQ(json["code"], "unreachable");
  EXPECT_EQ(json["what"], "no answer from https://a.example/x?sig=REDACTED");
  EXPECT_EQ(json["where"], "acme");
  EXPECT_FALSE(json.contains("why"));
  EXPECT_EQ(json["next"], next);
  EXPECT_THAT(errors_json({}), IsEmpty());
}

TEST(AlertDocument, AnAlertThatIsOverSaysSince) {
  StoredAlert alert{.id = 3, .key = "k", .kind = "run-late", .connection = "acme", .text = "late", .opened_at = "t1"};
  const std::string open = R"({"alert":3,"kind":"run-late","connection":"acme","text":"late","opened_at":"t1")";
  EXPECT_EQ(alert_json(alert).dump(), open + "}");
  alert.closed_at = "t2";
  EXPECT_EQ(alerts_json({alert}).dump(), R"({"alerts":[)" + open + R"(,"closed_at":"t2"}]})");
}

TEST(AlertDocument, OnlyMailHasAServer) {
  const ChannelView hook{.name = "hook", .kind = "webhook", .to = {"h"}, .server = "", .user = "", .from = ""};
  const ChannelView mail{.name = "ops", .kind = "mail", .to = {"a@b"}, .server = "s", .user = "u", .from = "f"};
  EXPECT_EQ(channels_json({hook, mail}).dump(),
            R"({"channels":[{"name":"hook","kind":"webhook","to":["h"]},)"
            R"({"name":"ops","kind":"mail","to":["a@b"],"server":"s","user":"u","from":"f"}]})");
  EXPECT_EQ(added_channel_json(hook).dump(), R"({"channel":"hook","kind":"webhook"})");
}

TEST(AuditDocument, SaysWhereTheLogBreaks) {
  AuditEntry entry{7, "t", "a", "w", "d", "h", "p"};
  EXPECT_EQ(
      audit_entries_json({entry}).dump(),
      R"({"entries":[{"number":7,"at":"t","actor":"a","what":"w","detail":"d","previous_hash":"p","hash":"h"}]})");
  entry.address = "10.0.0.7";
  entry.customer = "contoso";
  EXPECT_EQ(audit_line(entry),
            R"({"number":7,"at":"t","actor":"a","what":"w","detail":"d","address":"10.0.0.7","customer":"contoso",)"
            R"("by_customer":false,"previous_hash":"p","hash":"h"})"
            "\n");
  EXPECT_EQ(audit_entry_json_for_customer(entry).dump(),
            R"({"number":7,"at":"t","actor":"a","what":"w","detail":"d","address":"10.0.0.7"})");
  AuditVerdict verdict{.found = {.entries = 2, .head = "h", .broken_at = {}}, .missing = {}};
  EXPECT_EQ(audit_verdict_json(verdict).dump(), R"({"holds":true,"entries":2,"head":"h"})");
  verdict.found.broken_at = 1;
  EXPECT_EQ(audit_verdict_json(verdict).dump(), R"({"holds":false,"entries":2,"head":"h","broken_at":1})");
  verdict = {.found = {.entries = 2, .head = "h", .broken_at = {}}, .missing = "entry 1, x"};
  EXPECT_EQ(audit_verdict_json(verdict).dump(), R"({"holds":false,"entries":2,"head":"h","missing":"entry 1, x"})");
}

TEST(BackupDocument, NamesTheKeyAndTheSecretsToGive) {
  BackupReport backup;
  backup.backup.folder = "/b/1";
  backup.files_copied = 4;
  EXPECT_EQ(backup_json(backup)["backup"], "/b/1");
  EXPECT_EQ(backup_json(backup)["files_copied"], 4);
  RestoreReport restored;
  restored.secrets = {{"connection acme", "client-secret", "give it", "0f3a"}};
  EXPECT_EQ(restore_json(restored)["secrets_to_give"].dump(),
            R"([{"owner":"connection acme","name":"client-secret","next":"give it","key":"0f3a"}])");
  EXPECT_EQ(restored_files_json("/h", {{"a"}, {"b"}}, true).dump(),
            R"({"home":"/h","restored":["a"],"lacking":["b"],"dry_run":true})");
}

TEST(ColumnDocument, FindsColumnsByNameOrMeaningWhateverTheCase) {
  const auto found = charge_columns_about("EFFECTIVEcost");
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(columns_json({found.front()})["columns"][0]["Column"], found.front()->name);
  EXPECT_EQ(charge_columns_about("").size(), charge_columns().size());
  EXPECT_THAT(charge_columns_about("no such word"), IsEmpty());
}

TEST(SettingDocument, HasTheBounds) {
  EXPECT_EQ(settings_json({{"serve.every-minutes", 5, true, 60, 1, 1440, "about"}}).dump(),
            R"({"settings":[{"name":"serve.every-minutes","value":5,"is_set":true,"default":60,"least":1,"most":1440,)"
            R"("about":"about"}]})");
}

TEST(ConnectionDocument, ShowsSecretsByTheirNamesOnly) {
  Connection connection;
  connection.name = "acme";
  connection.locations[Dataset::kReservationDetails] = "/x";
  const std::string base = R"({"name":"acme","reservation_details_url":"/x","mend":true,)"
                           R"("allow_retail_prices":false,"allow_overlap":false)";
  EXPECT_EQ(connections_json({connection}).dump(), R"({"connections":[)" + base + "}]}");
  ConnectionDetails details{.connection = connection, .settings = AzureSettings(), .secrets = {}, .imports = 2};
  details.settings->tenant = "t";
  details.secrets = {{.owner = "o", .name = "sas", .sealed = "SEALED", .expires_on = Day::parse("2027-01-01")}};
  EXPECT_EQ(connection_details_json(details).dump(),
            base + R"(,"imports":2,"azure":{"cloud":"public","auth":"none","tenant":"t","api_version":"2025-03-01",)"
                   R"("reports":false},"secrets":[{"name":"sas","expires_on":"2027-01-01"}]})");
  RemovedConnection removed;
  removed.connection = connection;
  EXPECT_EQ(removed_connection_json(removed).dump(), base + "}");
  removed.imports = 3;
  removed.months = {kOctober};
  removed.changes.emplace();
  EXPECT_EQ(removed_connection_json(removed).dump(),
            base + R"(,"imports":3,"months":["2026-10"],"changes":[],"unassigned_tenants":[]})");
}

TEST(ConnectionDocument, ABillingAccountHasItsProfilesAndCustomers) {
  BillingOverview overview;
  overview.account.name = "a";
  overview.profiles.emplace_back().currency = "EUR";
  overview.customers.emplace_back().tenant_id = "t";
  const auto json = billing_accounts_json({overview})["billing_accounts"][0];
  EXPECT_EQ(json["billing_account"], "a");
  EXPECT_EQ(json["profiles"][0]["currency"], "EUR");
  EXPECT_EQ(json["customers"][0]["tenant_id"], "t");
}

TEST(FreshnessDocument, LeavesOutWhatIsNotKnown) {
  SourceFreshness source;
  source.connection = "acme";
  const UtcTime now = *parse_utc_time("2026-11-02T06:00:00Z");
  EXPECT_EQ(freshness_of_all_json({source}, now).dump(), R"({"connections":[{"connection":"acme"}]})");
  source.data_as_of = parse_utc_time("2026-11-02T05:00:00Z");
  EXPECT_EQ(freshness_json(source, now).dump(),
            R"({"connection":"acme","data_as_of":"2026-11-02T05:00:00Z","lag_seconds":3600})");
  SyncAttempt attempt;
  attempt.rows = 9;
  EXPECT_EQ(syncs_json({{"acme", attempt}})["syncs"][0]["connection"], "acme");
  EXPECT_EQ(syncs_json({{"acme", attempt}})["syncs"][0]["rows"], 9);
}

TEST(ProbeDocument, IsWellIfEveryProbeIs) {
  const Probe well = probe_ok("token-arm", "tenant", "signed in");
  EXPECT_EQ(connection_probes_json("acme", {well}).dump(),
            R"({"connection":"acme","well":true,"probes":[{"probe":"token-arm","state":"ok","where":"tenant",)"
            R"("said":"signed in"}]})");
  Probe failed = well;
  failed.state = ProbeState::kFailed;
  failed.role = "Reader";
  EXPECT_EQ(probes_json({well, failed})["well"], false);
  EXPECT_EQ(probe_json(failed)["role"], "Reader");
}

TEST(RuleDocument, CountsWhatIsFound) {
  RuleFinding error{.severity = FindingSeverity::kError, .list = "", .rule = "r", .where = "", .what = "w", .next = ""};
  EXPECT_EQ(rule_check_json("rules.yaml", {error}).dump(),
            R"({"file":"rules.yaml","ok":false,"errors":1,"warnings":0,)"
            R"("findings":[{"severity":"error","what":"w","rule":"r"}]})");
  EXPECT_EQ(rule_preview_json(kOctober, {}, {}).dump(),
            R"({"month":"2026-10","rows":[],"unassigned_tenants":[],"warnings":[]})");
}

TEST(PolicyDocument, APreviewComparesWhatIsMoved) {
  EXPECT_EQ(policy_check_json("p.yaml", {}).dump(), R"({"file":"p.yaml","ok":true,"errors":[]})");
  DocumentPreview preview;
  preview.notes = {"a note"};
  preview.changes.add_month("acme", kOctober, {},
                            {{"contoso", "EUR", "", "t", "", 1, {test_decimal("4"), test_decimal("4")}}}, false);
  const auto json = policy_preview_json(kOctober, preview);
  EXPECT_EQ(json["rows"][0]["BilledMovedNew"], "4");
  EXPECT_EQ(json["rows"][0]["EffectiveDifference"], "4");
  EXPECT_THAT(json["notes"], ElementsAre("a note"));
}

TEST(VersionDocument, ADifferenceHasOnlyTheSidesThatExist) {
  EntryDifference added;
  added.list = "2026-01";
  added.section = "rules";
  added.name = "shared";
  added.place_after = 2;
  added.after = "x";
  EXPECT_EQ(comparison_json({"version 1", "version 2", {added}}).dump(),
            R"({"before":"version 1","after":"version 2","differences":[{"edit":"added","list":"2026-01",)"
            R"("section":"rules","name":"shared","place_after":2,"after":"x"}]})");
  EXPECT_EQ(versions_json({{DocumentVersion(2), "t", 1, 1}}).dump(),
            R"({"versions":[{"version":2,"applied_at":"t"}]})");
}

TEST(ExportDocument, AnExportThatFailedHasItsError) {
  AppliedExport failed;
  failed.name = "apportion-actual";
  failed.error = Error{ErrorId::kNoAnswer, "no answer", "", "", ""};
  const auto json = applied_exports_json({.exports = {failed}, .notes = {"note"}});
  EXPECT_EQ(json["all_done"], false);
  EXPECT_EQ(json["exports"][0]["error"]["what"], "no answer");
  EXPECT_FALSE(json["exports"][0].contains("identity_principal"));
  EXPECT_EQ(export_plan_json({}).dump(), R"({"in_order":true,"exports":[]})");
  EXPECT_EQ(export_runs_json({"e", {ExportRun()}})["runs"][0]["manifest"], "");
  EXPECT_EQ(exports_json({ExportDefinition()})["exports"][0]["container"], "");
  EXPECT_EQ(backfill_json({{.export_name = "e",
                            .month = kOctober,
                            .state = StepState::kWaiting,
                            .submitted_at = "",
                            .run_id = "r",
                            .note = ""}})["steps"][0]["run"],
            "r");
}

TEST(ImportDocument, SaysWhichImportsCount) {
  ListedImport listed{.connection = "acme", .import = {}, .in_force = true};
  listed.import.month = kOctober;
  EXPECT_EQ(imports_json({listed})["imports"][0]["state"], "in force");
  listed.in_force = false;
  EXPECT_EQ(import_state_name(listed), "not in force");
  listed.import.dataset = Dataset::kReservationDetails;
  EXPECT_EQ(import_state_name(listed), "beside charges");
  EXPECT_FALSE(import_json(listed).contains("reason"));
  listed.import.withdrawn = "wrong scope";
  EXPECT_EQ(import_json(listed)["state"], "withdrawn");
  EXPECT_EQ(import_json(listed)["reason"], "wrong scope");
}

TEST(ImportDocument, APlanLeavesOutWhatIsNotKnown) {
  ImportPlan plan;
  plan.imports = {{.connection = "acme", .source = "s", .dataset = {}, .month = {}, .bytes = 5, .rows = {}}};
  EXPECT_EQ(import_plan_json(plan).dump(),
            R"({"would_import":[{"connection":"acme","source":"s","bytes":5}],"already_there":0,"problems":[]})");
}

TEST(JobDocument, HasProgressAndTheErrorIfThereAreAny) {
  Job job;
  job.kind = "sync";
  EXPECT_FALSE(job_json(job).contains("runs"));
  EXPECT_FALSE(job_json(job).contains("error"));
  job.progress.runs = 7;
  job.progress.run = 2;
  job.error_id = "no-answer";
  job.message = "m";
  EXPECT_EQ(jobs_json({job})["jobs"][0]["run"], 2);
  EXPECT_EQ(job_json(job)["error"].dump(), R"({"id":"no-answer","message":"m"})");
}

TEST(KeyDocument, HasTheFingerprintOnly) {
  EXPECT_EQ(secrets_key_json({"APPORTION_KEY", false, "0f3a", false, 2, 1}).dump(),
            R"({"source":"APPORTION_KEY","in_home":false,"fingerprint":"0f3a","is_rotating":false,"secrets":2,)"
            R"("opened":1})");
  EXPECT_EQ(rotated_key_json({})["old_is_gone"], false);
}

TEST(LateChangeDocument, HasTheDecisionOrWhatItWouldChange) {
  LateChangeDifferences late{.change = {.connection = "acme", .held = {}}, .differences = Table{}};
  late.differences->columns = {{"CustomerId"}};
  late.differences->rows = {{std::string("contoso")}};
  late.change.held.month = kOctober;
  EXPECT_EQ(late_change_json(late)["changes"].dump(), R"([{"CustomerId":"contoso"}])");
  EXPECT_FALSE(late_change_json(late).contains("decided_at"));
  late.differences.reset();
  late.change.held.decision = HoldDecision::kCarried;
  late.change.carry.emplace().to = *Month::parse("2026-11");
  const auto json = late_changes_json({late})["late"][0];
  EXPECT_EQ(json["decision"], "carried");
  EXPECT_EQ(json["carried_to"], "2026-11");
  EXPECT_FALSE(json.contains("changes"));
  EXPECT_EQ(left_change_json({"acme", kOctober, "reason"}, false).dump(),
            R"({"connection":"acme","month":"2026-10","decision":"left"})");
  EXPECT_EQ(left_change_json({"acme", kOctober, "reason"}, true).dump(),
            R"({"connection":"acme","month":"2026-10","dry_run":true})");
}

TEST(LateChangeDocument, ACarryHasItsTotalsOnceItIsMade) {
  CarriedChange carried{.connection = "acme", .carry = {}, .rows = 2};
  carried.carry.from = kOctober;
  carried.carry.to = *Month::parse("2026-11");
  carried.left_alone = true;
  EXPECT_EQ(carried_change_json(carried, false).dump(),
            R"({"connection":"acme","month":"2026-10","to":"2026-11","dry_run":true,"rows":2,"changes":[],)"
            R"("unassigned_tenants":[]})");
  carried.left_alone = false;
  carried.carry.id = CarryId(5);
  carried.carry.totals = {{*Currency::parse("EUR"), "Usage", test_decimal("4"), std::nullopt}};
  const auto json = carried_change_json(carried, true);
  EXPECT_EQ(json["totals"].dump(), R"([{"currency":"EUR","charge_category":"Usage","billed":"4","effective":null}])");
  EXPECT_EQ(json["decision"], "undone");
}

TEST(MonthsDocument, SaysWhatWasLocked) {
  EXPECT_EQ(locked_months_json({{"acme", kOctober, "complete", ""}}, true, false).dump(),
            R"({"months":[{"connection":"acme","month":"2026-10","state_before":"complete"}],"locked":true,)"
            R"("dry_run":false})");
}

TEST(CommitmentDocument, SaysWhatAzureReports) {
  EXPECT_EQ(refreshed_commitments_json({.reservations = 1, .savings_plans = 2, .summaries = 3, .refused = {}}).dump(),
            R"({"reservations":1,"savings_plans":2,"summaries":3})");
  EXPECT_THAT(lines_of(use_summaries_table({{"r", *Day::parse("2026-10-02"), "50", "40", "60"}})),
              ElementsAre("r|2026-10-02|50|40|60"));
}

TEST(CostDocument, TellsWhatWasAskedAndWhatNobodyShouldMiss) {
  CostAnswer answer;
  answer.table.notices = {"a notice"};
  answer.holes = {"a hole"};
  answer.data_as_of = "t";
  const Table table = titled_costs(answer, {"CustomerId", "October 2026", "acme", {"ServiceName=VM"}});
  EXPECT_THAT(table.title, ElementsAre("Costs by CustomerId, October 2026, acme, where ServiceName=VM", "data as of t",
                                       "a hole", "a notice"));
  EXPECT_THAT(table.notices, ElementsAre("a notice", "a hole"));
  EXPECT_THAT(titled_costs({}, {"", "all months", {}, {}}).title, ElementsAre("Costs, all months"));
}

}  // namespace
}  // namespace apportion
