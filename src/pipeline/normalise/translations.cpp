#include "pipeline/normalise/translations.h"

#include <algorithm>
#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "foundation/base/text.h"
#include "foundation/model/ids.h"
#include "foundation/model/plain_object.h"
#include "foundation/model/resource_type.h"
#include "foundation/model/tags.h"

namespace apportion {
namespace {

// Microsoft writes `SavingsPlan`, `Savings Plan`, `On Demand`, `OnDemand`: compared without blanks and case.
std::string key_of(std::string_view text) {
  std::string key;
  for (const char c : ascii_lower(text)) {
    if (c != ' ' && c != '-' && c != '_') key += c;
  }
  return key;
}

using Words = std::pair<std::string_view, std::string_view>;

constexpr auto kChargeCategories = std::to_array<Words>({
    {"usage", "Usage"},
    {"unusedreservation", "Usage"},
    {"unusedsavingsplan", "Usage"},
    {"unusedsavingplan", "Usage"},
    {"purchase", "Purchase"},
    {"refund", "Purchase"},
    {"tax", "Tax"},
    {"credit", "Credit"},
    {"roundingadjustment", "Adjustment"},
    {"adjustment", "Adjustment"},
});

constexpr auto kFrequencies = std::to_array<Words>({
    {"onetime", "One-Time"},
    {"recurring", "Recurring"},
    {"usagebased", "Usage-Based"},
});

constexpr auto kPricingCategories = std::to_array<Words>({
    {"ondemand", "Standard"},
    {"reservation", "Committed"},
    {"savingsplan", "Committed"},
    {"spot", "Dynamic"},
});

// ChargeSubcategory of FOCUS 1.0-preview(v1), as the status of a commitment.
constexpr auto kStatusOfSubcategories = std::to_array<Words>({
    {"used", "Used"},
    {"usedcommitment", "Used"},
    {"unused", "Unused"},
    {"unusedcommitment", "Unused"},
    {"ondemand", ""},
    {"refund", ""},
    {"correction", ""},
    {"credit", ""},
    {"roundingerror", ""},
    {"generaladjustment", ""},
    {"adjustment", ""},
});

constexpr auto kClassOfSubcategories = std::to_array<Words>({
    {"refund", "Correction"},
    {"correction", "Correction"},
});

// PricingCategory of FOCUS 1.0-preview(v1).
constexpr auto kOlderPricingCategories = std::to_array<Words>({
    {"ondemand", "Standard"},
    {"commitmentbased", "Committed"},
    {"commitmentdiscount", "Committed"},
});

constexpr auto kServiceCategories = std::to_array<Words>({
    {"ai+machinelearning", "AI and Machine Learning"},
    {"analytics", "Analytics"},
    {"azurearc", "Management and Governance"},
    {"azurecommunicationservices", "Integration"},
    {"azuresecurity", "Security"},
    {"azurestack", "Multicloud"},
    {"blockchain", "Other"},
    {"compute", "Compute"},
    {"containers", "Compute"},
    {"data", "Databases"},
    {"databases", "Databases"},
    {"developertools", "Developer Tools"},
    {"dynamics", "Business Applications"},
    {"gaming", "Media"},
    {"integration", "Integration"},
    {"internetofthings", "Internet of Things"},
    {"managementandgovernance", "Management and Governance"},
    {"microsoft365", "Business Applications"},
    {"microsoftsyntex", "Business Applications"},
    {"mixedreality", "Media"},
    {"mobile", "Mobile"},
    {"networking", "Networking"},
    {"office365", "Business Applications"},
    {"other", "Other"},
    {"powerplatform", "Business Applications"},
    {"saas", "Other"},
    {"security", "Security"},
    {"storage", "Storage"},
    {"web", "Web"},
    {"windowsvirtualdesktop", "End User Computing"},
});

template <std::size_t Size>
std::string word_or_as_written(const std::array<Words, Size>& words, std::string_view text) {
  const std::string key = key_of(text);
  const auto found = std::find_if(words.begin(), words.end(), [&key](const Words& pair) { return pair.first == key; });
  return std::string(found == words.end() ? text : found->second);
}

template <std::size_t Size>
std::string_view word_for(const std::array<Words, Size>& words, std::string_view text) {
  const std::string key = key_of(text);
  for (const auto& [from, to] : words) {
    if (from == key) return to;
  }
  return {};
}

bool contains_ignoring_case(std::string_view text, std::string_view part) {
  return ascii_lower(text).find(part) != std::string::npos;
}

constexpr std::string_view kReservationPath = "/microsoft.capacity/";
constexpr std::string_view kSavingsPlanPath = "/microsoft.billingbenefits/";

}  // namespace

CommitmentMark mark_of_model(std::string_view pricing_model) {
  const std::string model = key_of(pricing_model);
  if (model == "reservation") return CommitmentMark::kReservation;
  return model == "savingsplan" ? CommitmentMark::kSavingsPlan : CommitmentMark::kNone;
}

CommitmentMark mark_of_benefit(std::string_view benefit_id) {
  if (trim(benefit_id).empty() || tenant_guid(benefit_id).empty()) return CommitmentMark::kNone;
  if (contains_ignoring_case(benefit_id, kReservationPath)) return CommitmentMark::kReservation;
  return contains_ignoring_case(benefit_id, kSavingsPlanPath) ? CommitmentMark::kSavingsPlan : CommitmentMark::kSome;
}

CommitmentMark mark_of_reservation(std::string_view reservation_id) {
  return tenant_guid(reservation_id).empty() ? CommitmentMark::kNone : CommitmentMark::kReservation;
}

CommitmentMark mark_of_resource(std::string_view resource_id) {
  if (contains_ignoring_case(resource_id, "/microsoft.capacity/reservationorders/"))
    return CommitmentMark::kReservation;
  return contains_ignoring_case(resource_id, "/microsoft.billingbenefits/savingsplanorders/")
             ? CommitmentMark::kSavingsPlan
             : CommitmentMark::kNone;
}

CommitmentMark mark_of_term(std::string_view term) {
  constexpr std::int64_t kYear = 12;
  const auto months = term_months(term);
  return months && *months >= kYear ? CommitmentMark::kSome : CommitmentMark::kNone;
}

void ChargeNature::add(CommitmentMark mark) {
  const bool is_kind_known = commitment == CommitmentMark::kReservation || commitment == CommitmentMark::kSavingsPlan;
  if (!is_kind_known && mark != CommitmentMark::kNone) commitment = mark;
}

ChargeNature charge_nature(std::string_view charge_type, std::string_view pricing_model) {
  const std::string type = key_of(charge_type);
  ChargeNature nature;
  nature.is_unused = type.starts_with("unused");
  nature.is_usage = type.empty() || type == "usage" || nature.is_unused;
  nature.is_purchase = type == "purchase" || type == "refund";
  nature.commitment = mark_of_model(pricing_model);
  if (nature.is_unused) {
    nature.add(type == "unusedreservation"        ? CommitmentMark::kReservation
               : type.starts_with("unusedsaving") ? CommitmentMark::kSavingsPlan
                                                  : CommitmentMark::kSome);
  }
  return nature;
}

bool is_known_charge_type(std::string_view charge_type) {
  return key_of(charge_type).empty() || !word_for(kChargeCategories, charge_type).empty();
}
bool is_known_pricing_model(std::string_view pricing_model) {
  return key_of(pricing_model).empty() || !word_for(kPricingCategories, pricing_model).empty();
}
bool is_known_frequency(std::string_view frequency) {
  return key_of(frequency).empty() || !word_for(kFrequencies, frequency).empty();
}

std::string charge_category(std::string_view charge_type) {
  if (key_of(charge_type).empty()) return "Usage";
  const auto word = word_for(kChargeCategories, charge_type);
  return std::string(word.empty() ? "Adjustment" : word);
}

std::string charge_class(std::string_view charge_type) { return key_of(charge_type) == "refund" ? "Correction" : ""; }

std::string charge_frequency(std::string_view frequency) {
  const auto word = word_for(kFrequencies, frequency);
  return std::string(word.empty() ? frequency : word);
}

std::string pricing_category(std::string_view pricing_model) {
  if (key_of(pricing_model).empty()) return {};
  const auto word = word_for(kPricingCategories, pricing_model);
  return std::string(word.empty() ? "Other" : word);
}

std::string_view commitment_status(const ChargeNature& nature) {
  if (nature.is_unused) return "Unused";
  return nature.is_usage && nature.is_of_commitment() ? "Used" : "";
}

std::string status_of_subcategory(std::string_view status_or_subcategory) {
  return word_or_as_written(kStatusOfSubcategories, status_or_subcategory);
}

std::string class_of_subcategory(std::string_view status_or_subcategory) {
  return std::string(word_for(kClassOfSubcategories, status_or_subcategory));
}

std::string pricing_category_of_focus(std::string_view pricing_category) {
  return word_or_as_written(kOlderPricingCategories, pricing_category);
}

std::string_view commitment_category(CommitmentMark mark) {
  if (mark == CommitmentMark::kReservation) return "Usage";
  return mark == CommitmentMark::kSavingsPlan ? "Spend" : "";
}

std::string_view commitment_type(CommitmentMark mark) {
  if (mark == CommitmentMark::kReservation) return "Reservation";
  return mark == CommitmentMark::kSavingsPlan ? "Savings Plan" : "";
}

std::string service_category(std::string_view service_family) {
  if (service_family.empty()) return {};
  const auto word = word_for(kServiceCategories, service_family);
  return std::string(word.empty() ? "Other" : word);
}

std::string subscription_guid(std::string_view subscription) {
  constexpr std::string_view kPrefix = "/subscriptions/";
  std::string guid = ascii_lower(trim(subscription));
  if (guid.starts_with(kPrefix)) guid = guid.substr(kPrefix.size());
  while (guid.ends_with('/')) guid.pop_back();
  return guid == kNoGuid ? std::string() : guid;
}

std::string subscription_path(std::string_view subscription) {
  const std::string guid = subscription_guid(subscription);
  return guid.empty() ? guid : "/subscriptions/" + guid;
}

std::string tenant_guid(std::string_view tenant) {
  std::string guid = ascii_lower(trim(tenant));
  return guid == kNoGuid ? std::string() : guid;
}

std::string resource_name(std::string_view resource_id) {
  constexpr auto kNameless = std::to_array<std::string_view>({"/reservations/", "/savingsplans/"});
  const std::string lower = ascii_lower(resource_id);
  if (std::ranges::any_of(kNameless, [&](std::string_view end) { return lower.ends_with(end); })) return {};
  while (resource_id.ends_with('/')) resource_id.remove_suffix(1);
  const auto slash = resource_id.rfind('/');
  return std::string(slash == std::string_view::npos ? resource_id : resource_id.substr(slash + 1));
}

bool is_capacity_reservation(std::string_view resource_id) {
  return resource_type(resource_id) == "microsoft.compute/capacityreservationgroups/capacityreservations";
}

std::string capacity_reservation_in(std::string_view additional_info) {
  constexpr std::string_view kKey = "VMCapacityReservationId";
  // Most rows name none: only those that do are read as JSON.
  if (!contains_ignoring_case(additional_info, "vmcapacityreservationid")) return {};
  const auto object = nlohmann::json::parse(json_object_or_kept(additional_info), nullptr, false);
  if (!object.is_object()) return {};
  for (const auto& [key, value] : object.items()) {
    if (ascii_equal_ignoring_case(key, kKey) && value.is_string()) return std::string(trim(value.get<std::string>()));
  }
  return {};
}

std::string region_id(std::string_view location) {
  std::string region;
  for (const char c : ascii_lower(location)) {
    if (c != ' ') region += c;
  }
  return region;
}

std::optional<std::string> json_object(std::string_view text) {
  text = trim(text);
  if (text.empty()) return std::nullopt;
  const std::string object = text.front() == '{' ? std::string(text) : "{" + std::string(text) + "}";
  if (!read_plain_object(object) && !nlohmann::json::accept(object)) return std::nullopt;
  return object;
}

std::string json_object_or_kept(std::string_view text) {
  if (trim(text).empty()) return {};
  if (auto object = json_object(text)) return *std::move(object);
  constexpr auto kReplace = nlohmann::json::error_handler_t::replace;
  return nlohmann::json{{"x_unreadable", std::string(text)}}.dump(-1, ' ', false, kReplace);
}

std::string tags_object(std::string_view text) { return with_text_values(json_object_or_kept(text)); }

UnitOfMeasure unit_of_measure(std::string_view text) {
  text = trim(text);
  std::size_t digits = 0;
  while (digits < text.size() && ((text[digits] >= '0' && text[digits] <= '9') || text[digits] == '.')) ++digits;
  UnitOfMeasure measure{Decimal::from_integer(1), {}};
  if (const auto number = Decimal::parse(text.substr(0, digits)); digits > 0 && number.error == DecimalError::kNone) {
    measure.block_size = number.value;
    text.remove_prefix(digits);
    constexpr auto kMultiples =
        std::to_array<std::pair<char, std::int64_t>>({{'K', 1'000}, {'M', 1'000'000}, {'B', 1'000'000'000}});
    for (const auto& [letter, factor] : kMultiples) {
      const bool stands_alone = text.size() == 1 || (text.size() > 1 && (text[1] == ' ' || text[1] == '/'));
      if (!text.empty() && text.front() == letter && stands_alone) {
        measure.block_size = multiply(measure.block_size, Decimal::from_integer(factor)).value;
        text.remove_prefix(1);
        break;
      }
    }
  }
  text = trim(text);
  if (text.starts_with('/')) {
    measure.unit = "Units" + std::string(text);
    return measure;
  }
  constexpr auto kUnits = std::to_array<Words>({{"", "Units"},
                                                {"hour", "Hours"},
                                                {"day", "Days"},
                                                {"month", "Months"},
                                                {"minute", "Minutes"},
                                                {"second", "Seconds"}});
  const auto word = word_for(kUnits, text);
  measure.unit = std::string(word.empty() ? text : word);
  return measure;
}

std::optional<std::int64_t> term_months(std::string_view text) {
  const std::string key = key_of(trim(text));
  const bool iso = key.starts_with('p');
  const std::size_t start = iso ? 1 : 0;
  std::size_t end = start;
  std::int64_t number = 0;
  while (end < key.size() && key[end] >= '0' && key[end] <= '9' && number < 10000)
    number = number * 10 + (key[end++] - '0');
  if (end == start) return std::nullopt;
  const std::string_view unit = std::string_view(key).substr(end);
  if (unit.empty() && !iso) return number;
  if (unit == "y" || unit == "year" || unit == "years") return number * 12;
  if (unit == "m" || unit == "month" || unit == "months") return number;
  return std::nullopt;
}

Decimal credit_rate(Decimal written) {
  if (written <= Decimal::from_integer(1)) return written;
  return multiply(written, Decimal::from_units(Decimal::kUnitsPerOne / 100)).value;
}

}  // namespace apportion
