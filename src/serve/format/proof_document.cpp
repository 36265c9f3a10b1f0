#include "serve/format/proof_document.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "foundation/base/count_text.h"

namespace apportion {
namespace {

nlohmann::ordered_json known_json(const std::optional<Decimal>& amount) {
  return amount ? nlohmann::ordered_json(amount->to_string()) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json carried_json(const CarriedSums& sums) {
  return {{"out", known_json(sums.out)}, {"in", known_json(sums.in)}};
}

nlohmann::ordered_json sums_json(const ProofSums& sums) {
  nlohmann::ordered_json json;
  json["source"] = sums.source ? nlohmann::ordered_json(sums.source_text()) : nlohmann::ordered_json(nullptr);
  json["charges"] = sums.charges.to_string();
  json["assigned"] = sums.assigned.to_string();
  json["unassigned"] = sums.unassigned.to_string();
  json["difference"] = sums.difference().to_string();
  json["mended"] = sums.mended.to_string();
  json["carried_out"] = known_json(sums.carried_out);
  json["carried_in"] = known_json(sums.carried_in);
  json["rounded"] = exact_text(Decimal(), Remainder::from_units(-sums.remainder.units()));
  return json;
}

nlohmann::ordered_json sum_json(const std::optional<Decimal>& sum) {
  return sum ? nlohmann::ordered_json(sum->to_string()) : nlohmann::ordered_json(nullptr);
}

nlohmann::ordered_json metric_json(const MetricProof& metric) {
  return {{"source", sum_json(metric.source)},
          {"charges", sum_json(metric.charges)},
          {"assigned", sum_json(metric.assigned)},
          {"unassigned", sum_json(metric.unassigned)},
          {"difference", metric.difference().to_string()},
          {"mended", metric.mended.to_string()},
          {"filled", metric.filled.to_string()},
          {"unknown_rows", metric.unknown_rows}};
}

// Of a currency, or of a category of one.
template <class Proved>
void add_sums(nlohmann::ordered_json& json, const Proved& proved) {
  json["billed"] = sums_json(proved.billed);
  json["effective"] = sums_json(proved.effective);
  for (const ChargeMetric metric : kChargeMetrics)
    json[std::string(charge_metric_name(metric))] = metric_json(proved.metrics[static_cast<std::size_t>(metric)]);
}

nlohmann::ordered_json currency_json(const CurrencyProof& currency) {
  nlohmann::ordered_json json{{"currency", currency.currency.code()}};
  add_sums(json, currency);
  json["by_category"] = nlohmann::ordered_json::array();
  for (const CategoryProof& category : currency.by_category) {
    nlohmann::ordered_json of_category{{"category", category.category}};
    add_sums(of_category, category);
    json["by_category"].push_back(std::move(of_category));
  }
  return json;
}

nlohmann::ordered_json month_json(const MonthProof& month) {
  nlohmann::ordered_json json{{"connection", month.connection},
                              {"month", month.month.to_string()},
                              {"state", month.status.name},
                              {"holds", month.holds()}};
  json["rows"] = {{"source", month.rows.source}, {"stored", month.rows.stored}, {"rejected", month.rows.rejected}};
  json["currencies"] = nlohmann::ordered_json::array();
  for (const CurrencyProof& currency : month.currencies) json["currencies"].push_back(currency_json(currency));
  json["timing_rows"] = month.timing_rows;
  json["state_reason"] = month.status.reason;
  json["reasons"] = month.reasons;
  json["notes"] = month.notes;
  if (month.focus.empty()) return json;
  json["focus"] = nlohmann::ordered_json::array();
  for (const FocusComparison& focus : month.focus) {
    json["focus"].push_back({{"currency", focus.currency.code()},
                             {"billed_difference", focus.billed_difference.to_string()},
                             {"effective_difference", focus.effective_difference.to_string()}});
  }
  return json;
}

nlohmann::ordered_json invoice_json(const InvoiceProof& invoice) {
  nlohmann::ordered_json json{{"invoice", invoice.invoice},
                              {"currency", invoice.currency},
                              {"compared_with", invoice.compared_with},
                              {"holds", invoice.holds()}};
  for (const auto& [name, sum] : {std::pair("charges", &invoice.charges), std::pair("lines", &invoice.lines),
                                  std::pair("total", &invoice.total), std::pair("difference", &invoice.difference)}) {
    if (*sum) json[name] = (**sum).to_string();
  }
  json["reasons"] = invoice.reasons;
  return json;
}

// To the last digit: a sum may have more digits than a Decimal holds.
TableCell source_cell(const ProofSums& sums) {
  if (!sums.source) return {};
  return sums.remainder.is_zero() ? TableCell(*sums.source) : TableCell(sums.source_text());
}

// The first cells of a row.
std::vector<TableCell> row_head(const MonthProof& month, const CurrencyProof& currency, std::string_view metric) {
  return {month.connection,
          month.month.to_string(),
          month.status.name,
          std::string(month.holds() ? "yes" : "no"),
          std::string(currency.currency.code()),
          std::string(metric)};
}

void add_proof_row(Table& table, std::vector<TableCell> row, const ProofSums& sums) {
  for (TableCell cell : {source_cell(sums), TableCell(sums.mended), TableCell(), TableCell(sums.charges),
                         TableCell(sums.assigned), TableCell(sums.unassigned), TableCell(sums.difference()),
                         TableCell(), optional_cell(sums.carried_out), optional_cell(sums.carried_in)})
    row.push_back(std::move(cell));
  table.rows.push_back(std::move(row));
}

void add_proof_row(Table& table, std::vector<TableCell> row, const MetricProof& sums) {
  for (TableCell cell : {optional_cell(sums.source), TableCell(sums.mended), TableCell(sums.filled),
                         optional_cell(sums.charges), optional_cell(sums.assigned), optional_cell(sums.unassigned),
                         TableCell(sums.difference()), TableCell(sums.unknown_rows), TableCell(), TableCell()})
    row.push_back(std::move(cell));
  table.rows.push_back(std::move(row));
}

void add_currency(Table& table, const MonthProof& month, const CurrencyProof& currency) {
  add_proof_row(table, row_head(month, currency, "billed"), currency.billed);
  add_proof_row(table, row_head(month, currency, "effective"), currency.effective);
  for (const ChargeMetric metric : kChargeMetrics) {
    std::string label(charge_metric_name(metric));
    std::ranges::replace(label, '_', ' ');
    add_proof_row(table, row_head(month, currency, label), currency.metrics[static_cast<std::size_t>(metric)]);
  }
}

bool is_carried(const ProofSums& sums) { return sums.carried_out != Decimal() || sums.carried_in != Decimal(); }

bool has_carries(const CurrencyProof& currency) {
  return is_carried(currency.billed) || is_carried(currency.effective);
}

bool has_filled(const CurrencyProof& currency) {
  return std::ranges::any_of(currency.metrics, [](const MetricProof& sums) { return sums.filled != Decimal(); });
}

// Whether any currency of any month has something to show.
bool is_told(const Proof& proof, bool (*of)(const CurrencyProof&)) {
  return std::ranges::any_of(proof.months,
                             [of](const MonthProof& month) { return std::ranges::any_of(month.currencies, of); });
}

void drop_column(Table& table, std::string_view name) {
  const auto column = std::ranges::find(table.columns, name, &TableColumn::name);
  const auto at = column - table.columns.begin();
  table.columns.erase(column);
  for (std::vector<TableCell>& row : table.rows) row.erase(row.begin() + at);
}

// If the files have more digits than are kept, source and charges differ by the rounding.
void tell_rounding(const std::string& month, const CurrencyProof& currency, Table& table) {
  for (const auto& [metric, sums] :
       {std::pair("billed", &currency.billed), std::pair("effective", &currency.effective)}) {
    if (!sums->source || sums->remainder.is_zero()) continue;
    table.notices.push_back(
        fmt::format("{}: the files have digits after the 18th decimal place; {} {} was rounded by {} on import", month,
                    currency.currency.code(), metric, exact_text(Decimal(), sums->remainder)));
  }
}

}  // namespace

nlohmann::ordered_json proof_json(const Proof& proof) {
  nlohmann::ordered_json json{{"holds", proof.holds()}, {"months", nlohmann::ordered_json::array()}};
  for (const MonthProof& month : proof.months) json["months"].push_back(month_json(month));
  json["reasons"] = proof.reasons;
  if (!proof.invoices.empty()) {
    json["invoices"] = nlohmann::ordered_json::array();
    for (const InvoiceProof& invoice : proof.invoices) json["invoices"].push_back(invoice_json(invoice));
  }
  if (proof.carried.empty()) return json;
  json["carried"] = nlohmann::ordered_json::array();
  for (const CurrencyCarried& carried : proof.carried) {
    json["carried"].push_back({{"currency", carried.currency.code()},
                               {"billed", carried_json(carried.billed)},
                               {"effective", carried_json(carried.effective)}});
  }
  return json;
}

Table proof_table(const Proof& proof) {
  Table table;
  table.columns = {
      {"Connection", TableKind::kText},    {"Month", TableKind::kText},           {"State", TableKind::kText},
      {"Holds", TableKind::kText},         {"Currency", TableKind::kText},        {"Metric", TableKind::kText},
      {"Source", TableKind::kDecimal},     {"Mended", TableKind::kDecimal},       {"Filled", TableKind::kDecimal},
      {"Charges", TableKind::kDecimal},    {"Assigned", TableKind::kDecimal},     {"Unassigned", TableKind::kDecimal},
      {"Difference", TableKind::kDecimal}, {"Unknown rows", TableKind::kInteger}, {"CarriedOut", TableKind::kDecimal},
      {"CarriedIn", TableKind::kDecimal}};
  table.notices = proof.reasons;
  for (const MonthProof& month : proof.months) {
    const std::string name = fmt::format("{} {}", month.connection, month.month.to_string());
    if (month.currencies.empty()) {
      table.rows.push_back(
          {month.connection, month.month.to_string(), month.status.name, std::string(month.holds() ? "yes" : "no")});
      table.rows.back().resize(table.columns.size());
    }
    for (const CurrencyProof& currency : month.currencies) {
      tell_rounding(name, currency, table);
      add_currency(table, month, currency);
    }
    table.notices.push_back(fmt::format("{}: {} in the source, {}, {}", name, count_of(month.rows.source, "row"),
                                        count_of(month.rows.stored, "stored", "stored"),
                                        count_of(month.rows.rejected, "rejected", "rejected")));
    if (month.timing_rows != 0) {
      table.notices.push_back(fmt::format("{}: {} the actual and the amortized run", name,
                                          count_of(month.timing_rows, "timing row balances", "timing rows balance")));
    }
    for (const std::string& note : month.notes) table.notices.push_back(fmt::format("{}: note: {}", name, note));
    for (const std::string& reason : month.reasons) table.notices.push_back(fmt::format("{}: {}", name, reason));
  }
  if (!is_told(proof, has_filled)) drop_column(table, "Filled");
  if (!is_told(proof, has_carries)) {
    drop_column(table, "CarriedOut");
    drop_column(table, "CarriedIn");
  }
  for (const CurrencyCarried& carried : proof.carried) {
    const auto text = [](const std::optional<Decimal>& sum) { return sum ? sum->to_string() : std::string("unknown"); };
    table.notices.push_back(fmt::format(
        "carried between months in {}: billed {} out and {} in, effective {} out and {} in", carried.currency.code(),
        text(carried.billed.out), text(carried.billed.in), text(carried.effective.out), text(carried.effective.in)));
  }
  return table;
}

Table invoice_proof_table(const Proof& proof) {
  Table table;
  table.columns = {{"InvoiceId"},
                   {"BillingCurrency"},
                   {"ComparedWith"},
                   {"Holds"},
                   {"Charges", TableKind::kMoney, true},
                   {"Lines", TableKind::kMoney, true},
                   {"Total", TableKind::kMoney, true},
                   {"Difference", TableKind::kMoney, true}};
  for (const InvoiceProof& one : proof.invoices) {
    table.rows.push_back({one.invoice, one.currency, one.compared_with, std::string(one.holds() ? "yes" : "no"),
                          optional_cell(one.charges), optional_cell(one.lines), optional_cell(one.total),
                          optional_cell(one.difference)});
    for (const std::string& reason : one.reasons) {
      table.notices.push_back(fmt::format("invoice {} does not tie: {}", one.invoice, reason));
    }
  }
  return table;
}

}  // namespace apportion
