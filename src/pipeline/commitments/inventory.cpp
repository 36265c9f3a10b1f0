#include "pipeline/commitments/inventory.h"

#include <algorithm>
#include <tuple>

#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::string_view kOrderPrefix = "order/";

// What one source says of one field.
struct Saying {
  CommitmentSource source;
  std::optional<Day> as_of;
  std::string value;
};

bool is_believed_less(const Saying& left, const Saying& right) {
  return std::tie(left.source, left.as_of, left.value) < std::tie(right.source, right.as_of, right.value);
}

// The most believed saying; those of other sources that differ are conflicts. An older saying of the same source is not
// a conflict: things change.
FieldValue merged(std::vector<Saying> sayings) {
  std::ranges::sort(sayings, is_believed_less);
  const Saying& best = sayings.back();
  FieldValue field{best.value, best.source, {}};
  for (std::size_t i = 0; i + 1 < sayings.size(); ++i) {
    const bool is_latest_of_source = sayings[i].source != sayings[i + 1].source;
    if (!is_latest_of_source || ascii_equal_ignoring_case(sayings[i].value, best.value)) continue;
    field.conflicts.emplace_back(sayings[i].source, sayings[i].value);
  }
  return field;
}

}  // namespace

void CommitmentKeys::learn(std::string_view id_text) {
  CommitmentIds ids = parse_commitment_id(id_text);
  if (!ids.order.empty() && !ids.id.empty()) ids_of_order_[ids.order].insert(ids.id);
}

std::string CommitmentKeys::key_of(std::string_view id_text) const {
  CommitmentIds ids = parse_commitment_id(id_text);
  if (!ids.id.empty() || ids.order.empty()) return ids.id;
  const auto found = ids_of_order_.find(ids.order);
  if (found != ids_of_order_.end() && found->second.size() == 1) return *found->second.begin();
  return std::string(kOrderPrefix) + ids.order;
}

void Inventory::add(CommitmentFact fact) {
  keys_.learn(fact.id);
  facts_.push_back(std::move(fact));
}

void Inventory::add_name(std::string_view id_text, std::string_view name, Day first, Day last) {
  if (trim(name).empty()) return;
  keys_.learn(id_text);
  const auto [seen, is_new] =
      names_[ascii_lower(trim(id_text))].try_emplace(std::string(trim(name)), SeenName{first, last});
  if (is_new) return;
  seen->second.first = std::min(seen->second.first, first);
  seen->second.last = std::max(seen->second.last, last);
}

std::vector<Commitment> Inventory::commitments() const {
  std::map<std::string, std::map<CommitmentField, std::vector<Saying>>> sayings;
  std::map<std::string, CommitmentKind> kinds;
  const auto look_at = [&](const std::string& id_text) {
    std::string key = keys_.key_of(id_text);
    const CommitmentIds ids = parse_commitment_id(id_text);
    auto& fields = sayings[key];
    if (ids.kind != CommitmentKind::kUnknown) kinds[key] = ids.kind;
    if (!ids.order.empty()) fields[CommitmentField::kOrderId].push_back({CommitmentSource::kCharges, {}, ids.order});
    return key;
  };
  for (const CommitmentFact& fact : facts_) {
    const std::string key = look_at(fact.id);
    for (const auto& [field, value] : fact.values) {
      if (trim(value).empty()) continue;
      sayings[key][field].push_back({fact.source, fact.as_of, std::string(trim(value))});
    }
  }
  // Names by commitment: one may be known under several texts of its id.
  std::map<std::string, std::map<std::string, SeenName>> names;
  for (const auto& [id_text, of_id] : names_) {
    auto& merged_names = names[look_at(id_text)];
    for (const auto& [name, seen] : of_id) {
      const auto [known, is_new] = merged_names.try_emplace(name, seen);
      if (!is_new) known->second = {std::min(known->second.first, seen.first), std::max(known->second.last, seen.last)};
    }
  }

  std::vector<Commitment> commitments;
  for (auto& [key, fields] : sayings) {
    if (key.empty()) continue;
    Commitment commitment{key, kinds[key], {}, {}};
    if (const auto of_key = names.find(key); of_key != names.end()) {
      std::vector<std::pair<std::string, SeenName>> seen(of_key->second.begin(), of_key->second.end());
      std::ranges::sort(seen, [](const auto& left, const auto& right) {
        return std::tie(left.second.last, left.second.first, left.first) <
               std::tie(right.second.last, right.second.first, right.first);
      });
      fields[CommitmentField::kName].push_back(
          {CommitmentSource::kCharges, seen.back().second.last, seen.back().first});
      seen.pop_back();
      for (auto& name : seen) commitment.former_names.push_back(std::move(name.first));
    }
    for (auto& [field, of_field] : fields) {
      if (!of_field.empty()) commitment.fields.emplace(field, merged(std::move(of_field)));
    }
    const std::string_view kind = commitment.value(CommitmentField::kKind);
    if (commitment.kind == CommitmentKind::kUnknown && kind == "Reservation")
      commitment.kind = CommitmentKind::kReservation;
    if (commitment.kind == CommitmentKind::kUnknown && kind == "Savings Plan")
      commitment.kind = CommitmentKind::kSavingsPlan;
    if (commitment.kind != CommitmentKind::kUnknown && kind.empty()) {
      commitment.fields[CommitmentField::kKind] = {
          std::string(commitment_kind_name(commitment.kind)), CommitmentSource::kCharges, {}};
    }
    commitments.push_back(std::move(commitment));
  }
  return commitments;
}

}  // namespace apportion
