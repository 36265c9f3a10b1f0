#include "serve/format/alert_document.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace apportion {

nlohmann::ordered_json alert_json(const StoredAlert& alert) {
  nlohmann::ordered_json json{{"alert", alert.id},
                              {"kind", alert.kind},
                              {"connection", alert.connection},
                              {"text", alert.text},
                              {"opened_at", alert.opened_at}};
  if (alert.closed_at) json["closed_at"] = *alert.closed_at;
  return json;
}

nlohmann::ordered_json alerts_json(const std::vector<StoredAlert>& alerts) {
  auto list = nlohmann::ordered_json::array();
  for (const StoredAlert& alert : alerts) list.push_back(alert_json(alert));
  return {{"alerts", std::move(list)}};
}

nlohmann::ordered_json channel_json(const ChannelView& channel) {
  nlohmann::ordered_json json{{"name", channel.name}, {"kind", channel.kind}, {"to", channel.to}};
  if (channel.kind == "mail") json.update({{"server", channel.server}, {"user", channel.user}, {"from", channel.from}});
  return json;
}

nlohmann::ordered_json channels_json(const std::vector<ChannelView>& channels) {
  auto list = nlohmann::ordered_json::array();
  for (const ChannelView& channel : channels) list.push_back(channel_json(channel));
  return {{"channels", std::move(list)}};
}

nlohmann::ordered_json added_channel_json(const ChannelView& channel) {
  return {{"channel", channel.name}, {"kind", channel.kind}};
}

}  // namespace apportion
