#include "serve/format/commitment_document.h"

#include <ostream>

#include <nlohmann/json.hpp>

#include "serve/format/table_formats.h"
#include "serve/format/table_json.h"

namespace apportion {

nlohmann::ordered_json commitment_json(const Commitment& commitment, const CommitmentDetails& details) {
  nlohmann::ordered_json json{{"id", commitment.key}, {"former_names", commitment.former_names}};
  json["fields"] = nlohmann::ordered_json::object();
  for (const auto& [field, of] : commitment.fields) {
    nlohmann::ordered_json entry{{"value", of.value}, {"source", commitment_source_name(of.source)}};
    for (const auto& [source, value] : of.conflicts)
      entry["conflicts"].push_back({{"source", commitment_source_name(source)}, {"value", value}});
    json["fields"][std::string(commitment_field_name(field))] = std::move(entry);
  }
  json["payments"] = rows_json(details.payments);
  json["transactions"] = rows_json(details.transactions);
  json["months"] = rows_json(details.months);
  return json;
}

Result<void> write_commitment(const CommitmentDetails& details, std::ostream& out) {
  APPORTION_TRY(write_text_table(details.fields, {}, out));
  for (const Table* table : {&details.payments, &details.transactions}) {
    if (table->rows.empty()) continue;
    out << '\n';
    APPORTION_TRY(write_text_table(*table, {}, out));
  }
  out << '\n';
  return write_text_table(details.months, {}, out);
}

nlohmann::ordered_json refreshed_commitments_json(const RefreshedCommitments& refreshed) {
  return {{"reservations", refreshed.reservations},
          {"savings_plans", refreshed.savings_plans},
          {"summaries", refreshed.summaries}};
}

Table use_summaries_table(const std::vector<StoredUseSummary>& summaries) {
  Table table;
  table.columns = {{"CommitmentId"}, {"Day", TableKind::kDay}, {"AveragePercent"}, {"LeastPercent"}, {"MostPercent"}};
  for (const StoredUseSummary& summary : summaries) {
    const CommitmentIds ids = parse_commitment_id(summary.commitment);
    table.rows.push_back(
        {ids.id.empty() ? summary.commitment : ids.id, summary.day, summary.average, summary.least, summary.most});
  }
  return table;
}

}  // namespace apportion
