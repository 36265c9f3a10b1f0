#include "pipeline/commitments/policy_file.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "foundation/base/text.h"
#include "foundation/yaml/dated_lists.h"

namespace apportion {
namespace {

constexpr std::array<std::string_view, 2> kListKeys{"effective", "policies"};
constexpr std::array<std::string_view, 7> kPolicyKeys{"name", "commitments", "buyer", "used", "unused", "shares", "by"};
constexpr std::array<std::string_view, 4> kChoiceKeys{"ids", "kind", "name_starts_with", "buyer"};

template <class Value>
struct Word {
  std::string_view text;
  Value value;
};
constexpr auto kUsedWords = std::to_array<Word<UsedCost>>(
    {{"leave", UsedCost::kLeave}, {"in_proportion", UsedCost::kInProportion}, {"buyer", UsedCost::kBuyer}});
constexpr auto kUnusedWords = std::to_array<Word<UnusedCost>>(
    {{"buyer", UnusedCost::kBuyer}, {"by_use", UnusedCost::kByUse}, {"shares", UnusedCost::kShares}});
constexpr auto kKindWords = std::to_array<Word<CommitmentKind>>(
    {{"reservation", CommitmentKind::kReservation}, {"savings plan", CommitmentKind::kSavingsPlan}});

// Reads the tree, and notes every problem.
class PolicyReader {
 public:
  explicit PolicyReader(FileProblems& problems) : problems_(problems) {}

  CommitmentPolicyFile read(const YamlNode& root) {
    CommitmentPolicyFile file;
    read_dated_lists(root, "policy list", kListKeys, problems_,
                     [this, &file](const YamlNode& node, std::optional<Month> effective) {
                       CommitmentPolicyList list;
                       list.at = node.at;
                       read_policies(node, list);
                       if (!effective) return;
                       list.effective = *effective;
                       file.lists.push_back(std::move(list));
                     });
    std::ranges::stable_sort(file.lists, {}, &CommitmentPolicyList::effective);
    return file;
  }

 private:
  void read_policies(const YamlNode& node, CommitmentPolicyList& list) {
    const YamlNode* policies = node.find("policies");
    if (policies == nullptr || policies->kind != YamlNode::Kind::kList) {
      problems_.add(node.at, "a policy list has no policies", "`policies` is missing or not a list",
                    "write policies: [] if you want none");
      return;
    }
    for (const YamlNode& item : policies->items) {
      if (check_map(item, "a policy", kPolicyKeys, problems_))
        list.policies.push_back(read_policy(item, list.policies.size()));
    }
  }

  CommitmentPolicy read_policy(const YamlNode& node, std::size_t number) {
    CommitmentPolicy policy;
    policy.at = node.at;
    policy.name = fmt::format("policy {}", number + 1);
    if (const YamlNode* name = node.find("name")) policy.name = trim(name->text);
    if (const YamlNode* choice = node.find("commitments")) policy.choice = read_choice(*choice);
    if (const YamlNode* buyer = node.find("buyer")) policy.buyer = read_customer(*buyer);
    if (const YamlNode* used = node.find("used")) policy.used = read_word(*used, "used", kUsedWords);
    if (const YamlNode* by = node.find("by")) {
      policy.as_group = by->text == "group";
      if (by->text != "group" && by->text != "commitment")
        problems_.add(by->at, "`by` is neither commitment nor group", fmt::format("found `{}`", excerpt(by->text)),
                      "write by: group to count the use of all its commitments together");
    }
    if (const YamlNode* shares = node.find("shares")) policy.shares = read_shares(*shares);
    if (const YamlNode* unused = node.find("unused")) read_unused(*unused, policy);
    const bool needs_shares = policy.unused == UnusedCost::kShares;
    if (needs_shares != (node.find("shares") != nullptr)) {
      problems_.add(policy.at, fmt::format("the policy `{}` is incomplete", excerpt(policy.name)),
                    needs_shares ? "`unused: shares` needs `shares`" : "`shares` works only with `unused: shares`",
                    "write unused: shares and shares: {customer: percent, …}");
    }
    return policy;
  }

  CommitmentChoice read_choice(const YamlNode& node) {
    CommitmentChoice choice;
    if (node.kind == YamlNode::Kind::kText && node.text == "all") return choice;
    if (node.kind == YamlNode::Kind::kText || node.kind == YamlNode::Kind::kList) {
      choice.ids = read_texts(node);
      return choice;
    }
    if (!check_map(node, "`commitments`", kChoiceKeys, problems_)) return choice;
    if (const YamlNode* ids = node.find("ids")) choice.ids = read_texts(*ids);
    if (const YamlNode* kind = node.find("kind")) choice.kind = read_word(*kind, "kind", kKindWords);
    if (const YamlNode* names = node.find("name_starts_with")) choice.names = read_texts(*names);
    if (const YamlNode* buyers = node.find("buyer")) choice.buyers = read_texts(*buyers);
    return choice;
  }

  std::vector<std::string> read_texts(const YamlNode& node) {
    std::vector<std::string> texts;
    const auto add = [&](const YamlNode& item) {
      if (item.kind == YamlNode::Kind::kText && !trim(item.text).empty()) {
        texts.emplace_back(trim(item.text));
      } else {
        problems_.add(item.at, "a text was expected", "this is empty or not a text",
                      "write a text, or a list of texts");
      }
    };
    if (node.kind == YamlNode::Kind::kList) {
      for (const YamlNode& item : node.items) add(item);
    } else {
      add(node);
    }
    return texts;
  }

  template <class Value, std::size_t Size>
  Value read_word(const YamlNode& node, std::string_view key, const std::array<Word<Value>, Size>& words) {
    for (const Word<Value>& word : words) {
      if (ascii_equal_ignoring_case(word.text, node.text)) return word.value;
    }
    std::vector<std::string_view> known;
    for (const Word<Value>& word : words) known.push_back(word.text);
    problems_.add(node.at, fmt::format("`{}` cannot be `{}`", key, excerpt(node.text)),
                  fmt::format("the values are {}", fmt::join(known, ", ")), "use one of them");
    return words[0].value;
  }

  std::optional<CustomerId> read_customer(const YamlNode& node) {
    const std::string_view text = trim(node.text);
    if (node.kind == YamlNode::Kind::kText && !text.empty()) return CustomerId(std::string(text));
    problems_.add(node.at, "a customer was expected", "this is empty or not a text", "write the id of a customer");
    return std::nullopt;
  }

  void read_unused(const YamlNode& node, CommitmentPolicy& policy) {
    if (node.kind == YamlNode::Kind::kText) {
      policy.unused = read_word(node, "unused", kUnusedWords);
      return;
    }
    constexpr std::array<std::string_view, 1> kKeys{"key"};
    if (!check_map(node, "`unused`", kKeys, problems_)) return;
    policy.unused = UnusedCost::kKey;
    if (const YamlNode* key = node.find("key")) policy.shares = read_shares(*key);
  }

  CustomerShares read_shares(const YamlNode& node) {
    CustomerShares shares;
    if (node.kind != YamlNode::Kind::kMap || node.entries.empty()) {
      problems_.add(node.at, "the shares name no customers", "a map of customers to percentages was expected",
                    "write {contoso: 60, fabrikam: 40}");
      return shares;
    }
    Decimal sum;
    bool is_good = true;
    for (const YamlEntry& entry : node.entries) {
      const auto percent = Decimal::parse(entry.value.text);
      if (percent.error != DecimalError::kNone || percent.value.is_negative()) {
        problems_.add(entry.value.at, fmt::format("the share of `{}` is not a percentage", excerpt(entry.key)),
                      fmt::format("found `{}`", excerpt(entry.value.text)), "write a number from 0 to 100");
        is_good = false;
        continue;
      }
      shares.emplace_back(CustomerId(entry.key), percent.value);
      sum += percent.value;
    }
    if (is_good && sum != Decimal::from_integer(100)) {
      problems_.add(node.at, "the shares do not add up to 100 %", fmt::format("they add up to {} %", sum.to_string()),
                    "correct the percentages");
    }
    return shares;
  }

  FileProblems& problems_;
};

bool starts_with_ignoring_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() && ascii_equal_ignoring_case(text.substr(0, start.size()), start);
}

}  // namespace

bool CommitmentChoice::takes(const std::string& key, CommitmentKind kind_of, std::string_view name,
                             std::string_view buyer) const {
  const auto is_named = [&](const std::string& id) {
    const CommitmentIds named = parse_commitment_id(id);
    return named.id.empty() ? key == "order/" + named.order : named.id == key;
  };
  if (!ids.empty() && std::ranges::none_of(ids, is_named)) return false;
  if (kind && *kind != kind_of) return false;
  if (!names.empty() &&
      std::ranges::none_of(names, [&](const std::string& start) { return starts_with_ignoring_case(name, start); }))
    return false;
  return buyers.empty() || std::ranges::find(buyers, buyer) != buyers.end();
}

CommitmentPolicyReading read_policy_file(std::string_view text, std::string_view file_name) {
  FileProblems problems(file_name);
  CommitmentPolicyReading reading;
  reading.file = PolicyReader(problems).read(read_yaml(text, problems));
  reading.errors = problems.errors();
  if (!reading.errors.empty()) reading.file = {};
  return reading;
}

Result<CommitmentPolicyFile> parse_policy_file(std::string_view text, std::string_view file_name) {
  CommitmentPolicyReading reading = read_policy_file(text, file_name);
  if (reading.errors.empty()) return std::move(reading.file);
  if (reading.errors.size() == 1) return std::move(reading.errors[0]);
  std::string lines;
  for (const Error& error : reading.errors) lines += "\n  " + error.message();
  return Error{ErrorId::kPolicyFileInvalid, "the policy file has errors", std::string(file_name), lines.substr(1),
               "correct them, then try again"};
}

const CommitmentPolicyList* policies_in_force(const CommitmentPolicyFile& file, Month month) {
  const CommitmentPolicyList* in_force = nullptr;
  for (const CommitmentPolicyList& list : file.lists) {
    if (list.effective <= month) in_force = &list;
  }
  return in_force;
}

std::vector<CustomerId> customers_named(const CommitmentPolicyFile& file) {
  std::set<CustomerId> named;
  for (const CommitmentPolicyList& list : file.lists) {
    for (const CommitmentPolicy& policy : list.policies) {
      if (policy.buyer) named.insert(*policy.buyer);
      for (const std::string& buyer : policy.choice.buyers) named.insert(CustomerId(buyer));
      for (const auto& [customer, percent] : policy.shares) named.insert(customer);
    }
  }
  return {named.begin(), named.end()};
}

}  // namespace apportion
