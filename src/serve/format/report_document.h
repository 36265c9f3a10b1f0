/// Shows report subscriptions, their folders and deliveries as JSON documents for programs.
#pragma once

#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/report_deliveries.h"
#include "application/report_subscriptions.h"

namespace apportion {

nlohmann::ordered_json report_subscription_json(const ReportSubscription& subscription);
/// `{"subscriptions": …}`
nlohmann::ordered_json report_subscriptions_json(const std::vector<ReportSubscription>& subscriptions);
nlohmann::ordered_json report_delivery_json(const ReportDelivery& delivery);
/// `{"deliveries": …, "failures": …}`: how many failed.
nlohmann::ordered_json report_round_json(const ReportRound& round);
/// `{"folders": …}`, with their paths: for whoever may run the program in the home.
nlohmann::ordered_json report_folders_json(const std::vector<ReportFolder>& folders);

}  // namespace apportion
