#include "serve/format/migration_document.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "foundation/base/files.h"
#include "foundation/base/html.h"
#include "foundation/money/money.h"
#include "query/migrated_rows.h"
#include "serve/format/table_json.h"

namespace apportion {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kPage = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 10pt/1.4 sans-serif; color: #111; background: #fff; margin: 2em auto; max-width: 70em; padding: 0 1em }}
h1 {{ font-size: 16pt }}
h2 {{ font-size: 12pt; margin-top: 2em; break-after: avoid }}
table {{ border-collapse: collapse; width: 100% }}
thead {{ display: table-header-group }}
tr {{ break-inside: avoid }}
th, td {{ border-bottom: 1px solid #bbb; padding: .2em .5em; text-align: left; vertical-align: top }}
td {{ overflow-wrap: break-word }}
.wide {{ font-size: 8pt }}
.wide td {{ overflow-wrap: anywhere }}
.wide td.n {{ overflow-wrap: normal }}
td.n, th.n {{ text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }}
.verdict {{ font-weight: bold }}
.signatures td {{ border: 0; padding-top: 3.5em; width: 33% }}
.signatures td div {{ border-top: 1px solid #111; padding-top: .2em }}
@page {{ size: landscape; margin: 12mm }}
@media print {{ body {{ margin: 0; max-width: none; font-size: 8pt }} }}
</style>
</head>
<body>
{body}</body>
</html>
)";

constexpr std::string_view kSignatures = R"(<h2>Signatures</h2>
<p>The costs of the legacy method and of the new one were compared as shown above. The switch is approved.</p>
<table class="signatures">
<tr><td><div>Billing: name, signature</div></td><td><div>Finance: name, signature</div></td>
<td><div>Place, day</div></td></tr>
</table>
)";

std::vector<std::string> month_texts(const std::vector<Month>& months) {
  std::vector<std::string> texts;
  for (const Month month : months) texts.push_back(month.to_string());
  return texts;
}

std::int64_t customers_with(const Migration& migration, MigrationVerdict verdict) {
  std::vector<std::pair<std::string, std::string>> seen;
  for (const MigratedCustomer& one : migration.customers) {
    if (one.verdict == verdict) seen.emplace_back(one.customer, one.legacy_name);
  }
  std::ranges::sort(seen);
  return std::ranges::unique(seen).begin() - seen.begin();
}

std::string outcome_of(const Migration& migration) {
  return migration.holds() ? "Every customer is equal or explained." : "NOT every customer is equal or explained.";
}

// What a report says first, line by line.
std::vector<std::pair<std::string, std::string>> summary_of(const Migration& migration,
                                                            const MigrationReportFacts& facts) {
  std::vector<std::pair<std::string, std::string>> lines = {
      {"Outcome", outcome_of(migration)},
      {"Customers",
       fmt::format("{} equal, {} explained, {} not explained", customers_with(migration, MigrationVerdict::kEqual),
                   customers_with(migration, MigrationVerdict::kExplained),
                   customers_with(migration, MigrationVerdict::kNotExplained))},
      {"Partner earned credit",
       migration.before_credit ? "the legacy's costs are before it (gross)" : "the legacy's costs are after it (net)"},
      {"Connection", facts.connection.empty() ? "all" : facts.connection},
      {"Made", fmt::format("{} by {}", facts.made_on.to_string(), facts.program)}};
  for (std::string& notice : migration_notices(migration)) lines.emplace_back("Months", std::move(notice));
  return lines;
}

std::string shown_cell(const Table& table, const std::vector<TableCell>& row, std::size_t column) {
  const auto* amount = std::get_if<Decimal>(&row[column]);
  if (amount == nullptr || table.columns[column].kind != TableKind::kMoney) return cell_text(row[column]);
  const auto currency = currency_of_row(table, row);
  return currency ? shown_amount(*amount, *currency) : amount->to_string();
}

std::string html_row(const Table& table, const std::vector<TableCell>& row) {
  std::string html = "<tr>";
  for (std::size_t i = 0; i < row.size(); ++i) {
    const bool is_number = table.columns[i].kind == TableKind::kMoney || table.columns[i].kind == TableKind::kInteger;
    html += fmt::format("<td{}>{}</td>", is_number ? " class=\"n\"" : "", html_escaped(shown_cell(table, row, i)));
  }
  return html + "</tr>\n";
}

std::string html_table(const Table& table, std::string_view look = "") {
  if (table.rows.empty()) return "<p>None.</p>\n";
  std::string html = fmt::format("<table{}>\n<thead><tr>", look);
  for (const TableColumn& column : table.columns) {
    const bool is_number = column.kind == TableKind::kMoney || column.kind == TableKind::kInteger;
    html += fmt::format("<th{}>{}</th>", is_number ? " class=\"n\"" : "", html_escaped(column.name));
  }
  html += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) html += html_row(table, row);
  for (const auto& row : shown_totals_of(table)) html += html_row(table, row);
  return html + "</tbody>\n</table>\n";
}

// The columns that fit on paper; the workbook has all.
Table printed_differences(const Migration& migration) {
  Table table = migrated_amounts_table(migration, true);
  for (const std::string_view name : {"Bound", "ChargeRows", "LineRows", "FirstRow", "FirstLine"}) {
    const auto column = std::ranges::find(table.columns, name, &TableColumn::name);
    const auto at = column - table.columns.begin();
    table.columns.erase(column);
    for (auto& row : table.rows) row.erase(row.begin() + at);
  }
  return table;
}

// Sums by class: what all differences come to.
Table classes_table(const Migration& migration) {
  std::map<std::pair<std::string, DifferenceClass>, std::pair<std::int64_t, Decimal>> sums;
  for (const MigratedAmount& one : migration.amounts) {
    auto& [count, amount] = sums[{one.key.currency, one.why}];
    ++count;
    amount += one.difference;
  }
  Table table;
  table.columns = {{"BillingCurrency"}, {"Class"}, {"Lines", TableKind::kInteger}, {"Difference", TableKind::kMoney}};
  table.has_totals = true;
  for (const auto& [key, sum] : sums) {
    table.rows.push_back({key.first, std::string(difference_class_name(key.second)), sum.first, sum.second});
  }
  return table;
}

// What was compared.
Json facts_json(const Migration& migration) {
  return {{"holds", migration.holds()},
          {"source", invoice_file_kind_name(migration.source)},
          {"before_partner_credit", migration.before_credit},
          {"months", month_texts(migration.months)},
          {"months_without_legacy", month_texts(migration.without_legacy)},
          {"months_without_charges", month_texts(migration.without_charges)},
          {"months_of_legacy_only", month_texts(migration.only_legacy)},
          {"months_of_charges_only", month_texts(migration.only_charges)},
          {"rejected_lines", migration.rejected_lines},
          {"unclear", migration.unclear}};
}

}  // namespace

Json planned_customer_json(const PlannedCustomer& customer) {
  return {{"legacy", customer.legacy.text},
          {"name", customer.name},
          {"domain", customer.legacy.domain},
          {"first_month", customer.legacy.first_month.to_string()},
          {"last_month", customer.legacy.last_month.to_string()},
          {"customer", customer.id},
          {"is_new", customer.is_new},
          {"found_by", customer.found_by}};
}

Json migration_plan_json(const MigrationPlan& plan) {
  Json customers = Json::array();
  for (const PlannedCustomer& one : plan.customers) customers.push_back(planned_customer_json(one));
  return {{"customers", std::move(customers)},
          {"assumptions", plan.assumptions},
          {"customers_file", plan.customers_file},
          {"rules_file", plan.rules_file}};
}

Table migration_plan_table(const MigrationPlan& plan) {
  Table table;
  table.columns = {{"Legacy"}, {"Name"}, {"Domain"}, {"First"}, {"Last"}, {"CustomerId"}, {"State"}, {"FoundBy"}};
  for (const PlannedCustomer& one : plan.customers) {
    const std::string state = one.is_new ? "new" : one.id.empty() ? "unclear" : "known";
    table.rows.push_back({one.legacy.text, one.name, text_cell(one.legacy.domain), one.legacy.first_month.to_string(),
                          one.legacy.last_month.to_string(), text_cell(one.id), state, text_cell(one.found_by)});
  }
  return table;
}

Json migrated_customer_json(const MigratedCustomer& one) {
  Json json{{"customer", one.customer}, {"name", one.name}};
  if (one.customer.empty()) json["legacy_customer"] = one.legacy_name;
  json.update(Json{{"currency", one.currency},
                   {"months", one.months},
                   {"before", one.before.to_string()},
                   {"now", one.now.to_string()},
                   {"difference", one.difference.to_string()},
                   {"verdict", migration_verdict_name(one.verdict)}});
  Json classes = Json::object();
  for (const auto& [why, amount] : one.differences) {
    classes[std::string(difference_class_name(why))] = amount.to_string();
  }
  json["classes"] = std::move(classes);
  return json;
}

Json migration_summary_json(const Migration& migration) {
  Json document = facts_json(migration);
  document["verdicts"] = {{"equal", customers_with(migration, MigrationVerdict::kEqual)},
                          {"explained", customers_with(migration, MigrationVerdict::kExplained)},
                          {"not_explained", customers_with(migration, MigrationVerdict::kNotExplained)}};
  Table totals = migrated_customers_table(migration);
  totals.rows = totals_of(totals);
  document["totals"] = rows_json(totals);
  document["classes"] = rows_json(classes_table(migration));
  return document;
}

Json migration_json(const Migration& migration) {
  Json customers = Json::array();
  for (const MigratedCustomer& one : migration.customers) customers.push_back(migrated_customer_json(one));
  Json document = facts_json(migration);
  document["customers"] = std::move(customers);
  document["differences"] = rows_json(migrated_amounts_table(migration, true));
  document["gained"] = rows_json(migration_gains_table(migration));
  return document;
}

std::string migration_report_html(const Migration& migration, const MigrationReportFacts& facts) {
  const std::string title = "Switch from the legacy method: comparison of costs";
  std::string body = fmt::format("<h1>{}</h1>\n<table>\n", title);
  for (const auto& [what, text] : summary_of(migration, facts)) {
    const std::string_view look = what == "Outcome" ? " class=\"verdict\"" : "";
    body += fmt::format("<tr><th>{}</th><td{}>{}</td></tr>\n", html_escaped(what), look, html_escaped(text));
  }
  body += "</table>\n<h2>Customers</h2>\n" + html_table(migrated_customers_table(migration));
  body += "<h2>Differences by class</h2>\n" + html_table(classes_table(migration));
  body += "<h2>Gained: reservations and savings plans</h2>\n" + html_table(migration_gains_table(migration));
  body += "<h2>Differences</h2>\n" + html_table(printed_differences(migration), " class=\"wide\"");
  body += kSignatures;
  return fmt::format(fmt::runtime(kPage), fmt::arg("title", title), fmt::arg("body", body));
}

std::vector<NamedTable> migration_report_sheets(const Migration& migration, const MigrationReportFacts& facts) {
  NamedTable summary{"Sign-off", {}};
  summary.table.title = {"Switch from the legacy method: comparison of costs"};
  summary.table.columns = {{"What"}, {"Is"}};
  for (auto& [what, text] : summary_of(migration, facts)) {
    summary.table.rows.push_back({std::move(what), std::move(text)});
  }
  for (const char* line : {"Billing: name, signature", "Finance: name, signature", "Place, day"}) {
    summary.table.rows.push_back({std::string(line), std::string("______________________________")});
  }
  return {std::move(summary),
          {"Customers", migrated_customers_table(migration)},
          {"Classes", classes_table(migration)},
          {"Gained", migration_gains_table(migration)},
          {"Differences", migrated_amounts_table(migration, true)}};
}

Result<void> write_migration_report(const std::filesystem::path& file, MigrationReportForm form,
                                    const Migration& migration, const MigrationReportFacts& facts) {
  if (form == MigrationReportForm::kPage) return write_file_atomically(file, migration_report_html(migration, facts));
  return write_xlsx(migration_report_sheets(migration, facts), file);
}

}  // namespace apportion
