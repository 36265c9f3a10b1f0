#include "serve/format/focus_file.h"

#include <cstddef>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "serve/format/parquet_rows.h"

namespace apportion {
namespace {

using Json = nlohmann::ordered_json;

// When the columns of our files last became others: the schema's own date, whenever a file is written.
constexpr std::string_view kSchemaCreated = "2026-11-27T00:00:00Z";

std::string_view schema_view(const FocusDataset& dataset) {
  return dataset.view() ? customer_view_name(*dataset.view()) : std::string_view("partner");
}

Json column_definition(const TableColumn& column) {
  Json definition = {{"ColumnName", column.name}};
  switch (column.kind) {
    case TableKind::kText:
      definition["DataType"] = column.name == "Tags" || column.name == "SkuPriceDetails" ? "JSON" : "STRING";
      definition["StringEncoding"] = "UTF-8";
      break;
    case TableKind::kDecimal:
    case TableKind::kPercent:
    case TableKind::kMoney:
      definition["DataType"] = "DECIMAL";
      definition["NumericPrecision"] = 38;
      definition["NumberScale"] = Decimal::kScale;
      break;
    case TableKind::kInteger: definition["DataType"] = "INTEGER"; break;
    case TableKind::kDay: definition["DataType"] = "DATETIME"; break;
  }
  return definition;
}

Json schema_of(const FocusDataset& dataset) {
  Json columns = Json::array();
  for (const TableColumn& column : dataset.columns()) columns.push_back(column_definition(column));
  return {{"SchemaId", fmt::format("apportion-focus-{}-{}-1", kFocusVersion, schema_view(dataset))},
          {"FocusVersion", kFocusVersion},
          {"CreationDate", kSchemaCreated},
          {"ColumnDefinition", std::move(columns)}};
}

Json sums_of(const FocusTotals& totals) {
  Json sums = {{"BillingCurrency", totals.currency.code()}, {"Rows", totals.rows}};
  for (std::size_t i = 0; i < kFocusCosts.size(); ++i)
    sums[std::string(kFocusCosts[i])] = totals.costs[i].known.to_string();
  return sums;
}

Json unknown_costs_of(const FocusDataset& dataset) {
  Json unknown = Json::array();
  for (const FocusTotals& totals : dataset.totals()) {
    for (std::size_t i = 0; i < kFocusCosts.size(); ++i) {
      if (totals.costs[i].unknown_rows == 0) continue;
      unknown.push_back({{"BillingCurrency", totals.currency.code()},
                         {"ColumnName", kFocusCosts[i]},
                         {"Rows", totals.costs[i].unknown_rows}});
    }
  }
  return unknown;
}

Result<void> visit_until_cancelled(FocusDataset& dataset, const Cancel& cancel, const FocusDataset::Visit& visit) {
  return dataset.visit([&](const std::vector<TableCell>& row) -> Result<void> {
    if (cancel.requested()) return cancelled_error("the dataset");
    return visit(row);
  });
}

}  // namespace

nlohmann::ordered_json focus_metadata(const FocusDataset& dataset, const FocusAbout& about) {
  Json months = Json::array();
  for (const auto& [month, state] : about.states)
    months.push_back({{"BillMonth", month.to_string()}, {"State", state}});
  Json sums = Json::array();
  for (const FocusTotals& totals : dataset.totals()) sums.push_back(sums_of(totals));
  Json metadata = {{"DataGenerator", about.generator},
                   {"Schema", schema_of(dataset)},
                   {"View", schema_view(dataset)},
                   {"Months", std::move(months)},
                   {"DataAsOf", about.data_as_of.empty() ? Json() : Json(about.data_as_of)},
                   {"Rows", dataset.rows()},
                   {"Sums", std::move(sums)},
                   {"UnknownCosts", unknown_costs_of(dataset)}};
  if (!dataset.view()) metadata["Notes"] = about.notes;
  return metadata;
}

Result<void> write_focus_csv(FocusDataset& dataset, CsvText mode, const Cancel& cancel, std::ostream& out) {
  CsvRows csv(dataset.columns(), mode, out);
  std::vector<TableCell> written;
  return visit_until_cancelled(dataset, cancel, [&](const std::vector<TableCell>& row) {
    written = row;
    for (TableCell& cell : written) {
      if (const auto* day = std::get_if<Day>(&cell)) cell = day->to_string() + "T00:00:00Z";
    }
    csv.add(written);
    return ok();
  });
}

Result<void> write_focus_parquet(FocusDataset& dataset, const nlohmann::ordered_json& metadata, const Cancel& cancel,
                                 const std::filesystem::path& path) {
  APPORTION_ASSIGN(ParquetRows rows, ParquetRows::create(path, dataset.columns()));
  APPORTION_TRY(
      visit_until_cancelled(dataset, cancel, [&rows](const std::vector<TableCell>& row) { return rows.add(row); }));
  rows.add_metadata("focus_metadata", metadata.dump());
  return rows.finish();
}

}  // namespace apportion
