#include "serve/format/freshness_document.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace apportion {

nlohmann::ordered_json freshness_json(const SourceFreshness& source, UtcTime now) {
  nlohmann::ordered_json json{{"connection", source.connection}};
  if (source.data_as_of) json["data_as_of"] = utc_time_text(*source.data_as_of);
  if (const auto lag = source.lag(now)) json["lag_seconds"] = lag->count();
  if (source.next_expected) json["next_expected"] = utc_time_text(*source.next_expected);
  if (source.last_attempt) json["last_sync"] = sync_attempt_json(*source.last_attempt);
  return json;
}

nlohmann::ordered_json freshness_of_all_json(const std::vector<SourceFreshness>& sources, UtcTime now) {
  auto list = nlohmann::ordered_json::array();
  for (const SourceFreshness& source : sources) list.push_back(freshness_json(source, now));
  return {{"connections", std::move(list)}};
}

nlohmann::ordered_json sync_attempt_json(const SyncAttempt& attempt) {
  return {{"started_at", attempt.started_at},
          {"ended_at", attempt.ended_at},
          {"outcome", sync_outcome_name(attempt.outcome)},
          {"runs", attempt.runs},
          {"rows", attempt.rows},
          {"detail", attempt.detail}};
}

nlohmann::ordered_json syncs_json(const std::vector<ConnectionAttempt>& syncs) {
  auto list = nlohmann::ordered_json::array();
  for (const auto& [connection, attempt] : syncs) {
    nlohmann::ordered_json row{{"connection", connection}};
    row.update(sync_attempt_json(attempt));
    list.push_back(std::move(row));
  }
  return {{"syncs", std::move(list)}};
}

}  // namespace apportion
