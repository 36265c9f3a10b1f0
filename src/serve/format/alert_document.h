/// Shows alerts and the channels that they are sent to, as JSON documents for programs.
#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/alert_channels.h"
#include "application/alerts.h"

namespace apportion {

nlohmann::ordered_json alert_json(const StoredAlert& alert);
/// `{"alerts": …}`
nlohmann::ordered_json alerts_json(const std::vector<StoredAlert>& alerts);

nlohmann::ordered_json channel_json(const ChannelView& channel);
/// `{"channels": …}`
nlohmann::ordered_json channels_json(const std::vector<ChannelView>& channels);
/// Of a channel that was added: what it is called, and its kind.
nlohmann::ordered_json added_channel_json(const ChannelView& channel);

}  // namespace apportion
