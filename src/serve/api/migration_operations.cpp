#include <array>

#include <fmt/format.h>

#include "application/migration.h"
#include "foundation/base/files.h"
#include "query/migrated_rows.h"
#include "serve/api/operations_internal.h"
#include "serve/api/remembered_answers.h"
#include "serve/api/resource.h"
#include "serve/format/migration_document.h"
#include "serve/format/table_json.h"

namespace apportion {
namespace {

std::optional<InvoiceFileKind> source_of_query(const ApiCall& call) {
  const auto name = call.query_value("dataset");
  const auto dataset = name ? parse_dataset(*name) : std::nullopt;
  return dataset ? std::optional(kind_of(*dataset)) : std::nullopt;
}

std::string asked_sides(const ReadScope& scope, std::optional<InvoiceFileKind> source) {
  return fmt::format("{} {}", scope.key_of_months(), source ? invoice_file_kind_name(*source) : "");
}

// Both sides are read once: customers, amounts, gains and the report are made of it.
Result<RememberedMigrations::Answer> migration_of(const ApiCall& call, const Workspace& workspace) {
  APPORTION_ASSIGN(const ReadScope scope, scope_of_query(call));
  const auto source = source_of_query(call);
  const std::string asked = asked_sides(scope, source);
  const RememberedQuestion question{"migration", call.caller, "", asked};
  return call.service.remembered_migrations().of(
      question.key(), [&workspace] { return content_state(workspace); },
      [&]() -> Result<Migration> {
        APPORTION_ASSIGN(Reading reading, Reading::open(workspace));
        return compare_migration(call.caller, workspace, reading.lake(), scope, source, {});
      });
}

Result<ApiAnswer> get_migration(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto migration, migration_of(call, *workspace));
  return document_answer(migration_summary_json(*migration));
}

Result<ApiAnswer> list_migrated_customers(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto migration, migration_of(call, *workspace));
  const auto verdict = call.query_value("verdict");
  const MigratedCustomerFilter filter{.customer = call.query_value("customer"),
                                      .legacy_name = call.query_value("legacy_customer"),
                                      .verdict = verdict ? migration_verdict_of(*verdict) : std::nullopt,
                                      .word = call.query_value("word").value_or("")};
  const auto chosen = chosen_customers(*migration, filter);
  APPORTION_ASSIGN(Json page, page_of(call, chosen, [](const auto* one) { return migrated_customer_json(*one); }));
  Table totals = migrated_customers_table(chosen);
  totals.rows = totals_of(totals);
  page["totals"] = rows_json(totals);
  page["row_count"] = chosen.size();
  return document_answer(std::move(page));
}

MigratedAmountFilter amount_filter_of(const ApiCall& call) {
  MigratedAmountFilter filter{.customer = call.query_value("customer"),
                              .legacy_name = call.query_value("legacy_customer"),
                              .currency = call.query_value("currency"),
                              .why = {},
                              .month = {},
                              .subscription = call.query_value("subscription"),
                              .product = call.query_value("product"),
                              .only_differences = !call.query_flag("all")};
  if (const auto why = call.query_value("class")) filter.why = difference_class_of(*why);
  if (const auto month = call.query_value("in_month")) filter.month = Month::parse(*month);
  return filter;
}

Result<ApiAnswer> list_migrated_amounts(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto migration, migration_of(call, *workspace));
  const auto chosen = chosen_amounts(*migration, amount_filter_of(call));
  std::vector<MigratedPlace> by;
  for (const std::string& name : call.query_list("by")) by.push_back(*migrated_place_of(name));
  return table_page_answer(call, by.empty() ? migrated_amounts_table(chosen) : migrated_sums_table(chosen, by));
}

Result<ApiAnswer> list_migration_gains(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto migration, migration_of(call, *workspace));
  return table_page_answer(call, migration_gains_table(*migration));
}

Result<ApiAnswer> download_migration_report(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto migration, migration_of(call, *workspace));
  const bool is_page = call.query_value("format").value_or("html") == "html";
  const std::string name = is_page ? "migration.html" : "migration.xlsx";
  const MigrationReportFacts facts{workspace->clock.today(),
                                   fmt::format("apportion {}", call.service.options().version),
                                   call.query_value("connection").value_or("")};
  APPORTION_TRY(audit_download(call, name));
  return file_answer(*workspace, name,
                     is_page ? "text/html; charset=utf-8"
                             : "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                     [&](const std::filesystem::path& path) {
                       const auto form = is_page ? MigrationReportForm::kPage : MigrationReportForm::kWorkbook;
                       return write_migration_report(path, form, *migration, facts);
                     });
}

// The plan as `migrate plan` shows it, with its files.
Result<RememberedAnswers::Answer> plan_of(const ApiCall& call, const Workspace& workspace) {
  APPORTION_ASSIGN(const ReadScope scope, scope_of_query(call));
  const MigrationPlanRequest request{source_of_query(call), bill_sources_of(call.query_list("bill_source"))};
  std::string asked = asked_sides(scope, request.source);
  for (const auto& [name, connection] : request.bill_sources) asked += fmt::format("\n{}={}", name, connection);
  const RememberedQuestion question{"migration plan", call.caller, "", asked};
  return call.service.remembered_answers().of(
      question.key(), [&workspace] { return content_state(workspace); },
      [&]() -> Result<Json> {
        APPORTION_ASSIGN(Reading reading, Reading::open(workspace));
        APPORTION_ASSIGN(const MigrationPlan plan,
                         plan_migration(call.caller, workspace, reading.lake(), scope, request));
        return migration_plan_json(plan);
      });
}

Result<ApiAnswer> get_migration_plan(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto plan, plan_of(call, *workspace));
  const std::vector<Json> customers = plan->at("customers");
  APPORTION_ASSIGN(Json page, page_of(call, customers, [](const Json& customer) { return customer; }));
  page["row_count"] = customers.size();
  page["assumptions"] = plan->at("assumptions");
  page["adds_customers"] = !plan->at("customers_file").get_ref<const std::string&>().empty();
  page["changes_rules"] = !plan->at("rules_file").get_ref<const std::string&>().empty();
  return document_answer(std::move(page));
}

Result<ApiAnswer> download_migration_plan(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const auto plan, plan_of(call, *workspace));
  const bool is_of_rules = call.query_value("file") == "rules";
  const std::string name = is_of_rules ? "rules.yaml" : "customers.csv";
  const std::string text = plan->at(is_of_rules ? "rules_file" : "customers_file");
  if (text.empty()) {
    return Error{ErrorId::kNoSuchRecord, "the plan has no such file", name, "nothing of it is missing here", ""};
  }
  APPORTION_TRY(audit_download(call, name));
  return file_answer(*workspace, name, is_of_rules ? "application/yaml" : "text/csv",
                     [&text](const std::filesystem::path& path) { return write_file_atomically(path, text); });
}

constexpr auto kOperations = std::to_array<Operation>({
    {"getMigration", Right::kReadPartnerCosts, Effect::kReads, &get_migration},
    {"listMigratedCustomers", Right::kReadPartnerCosts, Effect::kReads, &list_migrated_customers},
    {"listMigratedAmounts", Right::kReadPartnerCosts, Effect::kReads, &list_migrated_amounts},
    {"listMigrationGains", Right::kReadPartnerCosts, Effect::kReads, &list_migration_gains},
    {"downloadMigrationReport", Right::kReadPartnerCosts, Effect::kReads, &download_migration_report},
    {"getMigrationPlan", Right::kReadPartnerCosts, Effect::kReads, &get_migration_plan},
    {"downloadMigrationPlan", Right::kReadPartnerCosts, Effect::kReads, &download_migration_plan},
});

}  // namespace

std::span<const Operation> migration_operations() { return kOperations; }

}  // namespace apportion
