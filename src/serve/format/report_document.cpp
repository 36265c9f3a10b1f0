#include "serve/format/report_document.h"

#include <nlohmann/json.hpp>

namespace apportion {
namespace {

using Json = nlohmann::ordered_json;

}  // namespace

Json report_subscription_json(const ReportSubscription& subscription) {
  Json json = {{"name", subscription.name}};
  if (subscription.customer) json["customer"] = subscription.customer->raw();
  json["all_customers"] = !subscription.customer;
  json["dataset"] = subscription.dataset;
  json["format"] = subscription.format;
  json["due"] = report_due_name(subscription.due);
  if (subscription.day > 0) json["day"] = subscription.day;
  json["first_month"] = subscription.first_month.to_string();
  if (subscription.folder) {
    json["folder"] = *subscription.folder;
  } else {
    json["to"] = subscription.recipients;
  }
  json["again_on_change"] = subscription.again_on_change;
  json["allow_unknown"] = subscription.allow_unknown;
  return json;
}

Json report_subscriptions_json(const std::vector<ReportSubscription>& subscriptions) {
  Json list = Json::array();
  for (const ReportSubscription& subscription : subscriptions) list.push_back(report_subscription_json(subscription));
  return {{"subscriptions", std::move(list)}};
}

Json report_delivery_json(const ReportDelivery& delivery) {
  Json json = {{"customer", delivery.customer.raw()},
               {"month", delivery.month.to_string()},
               {"state", delivery_state_name(delivery.state)},
               {"attempts", delivery.attempts},
               {"begun_at", delivery.begun_at}};
  const auto add = [&json](const char* name, const std::string& text) {
    if (!text.empty()) json[name] = text;
  };
  add("ended_at", delivery.ended_at);
  add("place", delivery.place);
  add("content_hash", delivery.content_hash);
  add("error", delivery.error_id);
  add("message", delivery.message);
  return json;
}

Json report_round_json(const ReportRound& round) {
  Json deliveries = Json::array();
  for (const ReportRound::Done& done : round.done) {
    Json json = report_delivery_json(done.delivery);
    json["subscription"] = done.subscription;
    deliveries.push_back(std::move(json));
  }
  return {{"deliveries", std::move(deliveries)}, {"failures", round.failures.size()}};
}

Json report_folders_json(const std::vector<ReportFolder>& folders) {
  Json list = Json::array();
  for (const ReportFolder& folder : folders) list.push_back({{"name", folder.name}, {"path", folder.path.string()}});
  return {{"folders", std::move(list)}};
}

}  // namespace apportion
