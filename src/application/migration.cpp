#include "application/migration.h"

#include <algorithm>
#include <set>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "application/customer_discovery.h"
#include "application/customers.h"
#include "application/partner_only.h"
#include "foundation/base/count_text.h"
#include "foundation/base/text.h"
#include "foundation/yaml/yaml_tree.h"
#include "pipeline/split/rule_file.h"
#include "store/settings.h"

namespace apportion {
namespace {

// A text that YAML takes for nothing else.
std::string yaml_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string cell = "\"";
  for (const char letter : text) cell += letter == '"' ? std::string("\"\"") : std::string(1, letter);
  return cell + "\"";
}

std::string customers_csv(const std::vector<Customer>& customers) {
  std::string text = "id,name,external_id,tenant_ids\n";
  for (const Customer& customer : customers) {
    text += fmt::format("{},{},{},{}\n", customer.id.raw(), csv_cell(customer.name), csv_cell(customer.external_id),
                        tenants_text(customer));
  }
  return text;
}

void add_bill_sources_of(const RuleCondition& condition, std::set<std::string>& names) {
  for (const RuleCondition& part : condition.parts) add_bill_sources_of(part, names);
  const bool asks_by_name = condition.kind == RuleCondition::Kind::kTest && condition.test.op == RuleOperator::kIn;
  if (!asks_by_name || condition.test.field.tag_key || condition.test.field.column == nullptr) return;
  if (condition.test.field.column->name != "x_BillSource") return;
  names.insert(condition.test.values.begin(), condition.test.values.end());
}

// The names of bill sources that rules ask for and no connection has.
std::set<std::string> unknown_bill_sources(const RuleFile& rules, const std::vector<Connection>& connections) {
  std::set<std::string> names;
  for (const RuleList& list : rules.lists) {
    std::set<std::string> of_list;
    for (const NamedSet& set : list.sets) add_bill_sources_of(set.condition, of_list);
    for (const Rule& rule : list.rules) {
      add_bill_sources_of(rule.when, of_list);
      if (const auto* share = std::get_if<ShareInProportion>(&rule.target)) add_bill_sources_of(share->of, of_list);
    }
    std::erase_if(of_list, [&list](const std::string& name) { return list.bill_sources.contains(name); });
    names.merge(of_list);
  }
  for (const Connection& connection : connections) names.erase(connection.name);
  return names;
}

// Rules as text, with what is added to them; the text stays as it was otherwise.
class RulesText {
 public:
  explicit RulesText(std::string text) : text_(std::move(text)) {}

  // Begins each list with these names.
  void add_bill_sources(const std::map<std::string, std::string>& names) {
    std::vector<std::string> pairs;
    for (const auto& [name, connection] : names) {
      pairs.push_back(fmt::format("{}: {}", yaml_text(name), yaml_text(connection)));
    }
    const std::string line = fmt::format("bill_sources: {{{}}}\n", fmt::join(pairs, ", "));
    FileProblems problems("rules");
    const YamlNode root = read_yaml(text_, problems);
    for (auto list = root.items.rbegin(); list != root.items.rend(); ++list) {
      if (list->entries.empty()) continue;
      const TextPosition at = list->entries.front().key_at;
      text_.insert(offset_of(at), line + std::string(static_cast<std::size_t>(at.column) - 1, ' '));
    }
  }

  // Below the rules of the last list.
  void add_rules(const std::vector<std::string>& rules) {
    FileProblems problems("rules");
    const YamlNode root = read_yaml(text_, problems);
    std::size_t indent = 4;
    if (!root.items.empty()) {
      const YamlNode* list = root.items.back().find("rules");
      if (list != nullptr && !list->items.empty() && list->items.front().at.column > 2) {
        indent = static_cast<std::size_t>(list->items.front().at.column) - 3;
      }
    }
    if (!text_.empty() && text_.back() != '\n') text_ += '\n';
    const std::string blanks(indent, ' ');
    for (const std::string& rule : rules) {
      for (const std::string_view line : split_text(rule, '\n')) text_ += fmt::format("{}{}\n", blanks, line);
    }
  }

  const std::string& text() const { return text_; }

 private:
  std::size_t offset_of(TextPosition at) const {
    std::size_t offset = 0;
    for (int line = 1; line < at.line; ++line) offset = text_.find('\n', offset) + 1;
    return offset + static_cast<std::size_t>(at.column) - 1;
  }

  std::string text_;
};

std::size_t rules_in(const RuleFile& file) {
  std::size_t count = 0;
  for (const RuleList& list : file.lists) count += list.rules.size();
  return count;
}

class Planner {
 public:
  Planner(const Workspace& workspace, const MigrationPlanRequest& request) : workspace_(workspace), request_(request) {}

  Result<MigrationPlan> plan(std::vector<LegacyCustomer> legacy) {
    APPORTION_ASSIGN(known_, workspace_.control_plane.customers());
    APPORTION_ASSIGN(connections_, workspace_.control_plane.connections());
    APPORTION_TRY(read_tenants());
    for (const auto& [name, connection] : request_.bill_sources) {
      APPORTION_TRY(workspace_.control_plane.connection_named(connection));
    }
    const LegacyCustomerFinder finder(known_);
    for (LegacyCustomer& customer : legacy) subscriptions_of_all(customer);
    for (LegacyCustomer& customer : legacy) add(std::move(customer), finder);
    std::ranges::sort(plan_.customers, {},
                      [](const PlannedCustomer& one) { return std::pair(fold_case(one.name), one.legacy.text); });
    if (!changed_.empty()) plan_.customers_file = customers_csv(changed_);
    APPORTION_TRY(write_rules());
    return std::move(plan_);
  }

 private:
  Result<void> read_tenants() {
    APPORTION_ASSIGN(auto months, published_months(workspace_.control_plane, ReadScope::of_partner()));
    std::erase_if(months, [](const PublishedMonth& month) { return !month.charge_set; });
    APPORTION_ASSIGN(const auto seen, seen_tenants(workspace_, std::move(months)));
    for (const SeenTenant& tenant : seen) tenants_by_name_[fold_case(tenant.name)].insert(tenant.id);
    return ok();
  }

  void subscriptions_of_all(const LegacyCustomer& customer) {
    first_month_ = std::min(first_month_.value_or(customer.first_month), customer.first_month);
    for (const std::string& subscription : customer.subscriptions) ++customers_with_[subscription];
  }

  void assume(std::string sentence) { plan_.assumptions.push_back(std::move(sentence)); }

  void add(LegacyCustomer customer, const LegacyCustomerFinder& finder) {
    const std::string tenant = customer.tenant();
    const std::optional<CustomerId> found = finder.find(customer.text, customer.last_month);
    const bool is_known = found && found->raw() != kUnassignedCustomerId;
    PlannedCustomer planned{std::move(customer), "", "", false, ""};
    planned.name = planned.legacy.name;
    if (is_known) {
      planned.id = found->raw();
      planned.found_by = tenant.empty() ? "name" : "tenant";
      if (tenant.empty())
        assume(fmt::format("`{}` is the customer {}, who has this id, external id or name", planned.legacy.name,
                           planned.id));
    } else if (!tenant.empty()) {
      make(planned, tenant, "tenant");
    } else if (finder.count_of(planned.legacy.text) > 1) {
      assume(
          fmt::format("several customers are called `{}`: give the right one this external id; its costs are "
                      "nobody's until then",
                      planned.legacy.name));
    } else {
      add_by_name(planned, finder);
    }
    plan_.customers.push_back(std::move(planned));
  }

  // A name that no customer has: that of a tenant, or else only subscriptions tell whose costs these are.
  void add_by_name(PlannedCustomer& planned, const LegacyCustomerFinder& finder) {
    const auto tenants = tenants_by_name_.find(fold_case(planned.legacy.text));
    if (tenants != tenants_by_name_.end() && tenants->second.size() == 1) {
      const std::string& tenant = *tenants->second.begin();
      const CustomerId owner = finder.owner_of(tenant, planned.legacy.last_month);
      assume(fmt::format("`{}` is the tenant {}, which charges call so", planned.legacy.name, tenant));
      if (owner.raw() == kUnassignedCustomerId) {
        make(planned, tenant, "name of its tenant");
      } else {
        give_external_id(planned, owner);
      }
      return;
    }
    std::vector<std::string> own;
    for (const std::string& subscription : planned.legacy.subscriptions) {
      if (customers_with_[subscription] == 1) own.push_back(subscription);
    }
    make(planned, "", own.empty() ? "" : "subscriptions");
    if (own.empty()) {
      assume(fmt::format("nothing says which charges are of `{}`: write a rule for {}, or give it a tenant",
                         planned.legacy.name, planned.id));
      return;
    }
    const auto shared = std::ssize(planned.legacy.subscriptions) - std::ssize(own);
    assume(fmt::format("`{}` has no tenant, so a rule assigns to {} what its {} billed{}", planned.legacy.name,
                       planned.id, fmt::format("{} {}", own.size(), own.size() == 1 ? "subscription" : "subscriptions"),
                       shared == 0 ? "" : fmt::format("; {} more are billed to others, too, and left out", shared)));
    std::vector<std::string> quoted;
    for (const std::string& subscription : own) quoted.push_back(yaml_text(subscription));
    rules_.push_back(fmt::format("- name: {}\n  when: {{CloudVendorAccount: [{}]}}\n  assign: {}",
                                 yaml_text(fmt::format("subscriptions of {}", planned.id)), fmt::join(quoted, ", "),
                                 planned.id));
  }

  void make(PlannedCustomer& planned, const std::string& tenant, std::string found_by) {
    std::set<std::string> taken;
    for (const Customer& customer : known_) taken.insert(customer.id.raw());
    for (const Customer& customer : changed_) taken.insert(customer.id.raw());
    planned.id = new_customer_id(planned.name, tenant, taken);
    planned.is_new = true;
    planned.found_by = std::move(found_by);
    const bool is_found_by_name =
        planned.legacy.tenant().empty() && fold_case(planned.name) != fold_case(planned.legacy.text);
    Customer customer{CustomerId(planned.id), planned.name, is_found_by_name ? planned.legacy.text : "", {}};
    if (!tenant.empty()) customer.tenant_ids.push_back(tenant);
    changed_.push_back(std::move(customer));
  }

  // So that the legacy's name finds the customer.
  void give_external_id(PlannedCustomer& planned, const CustomerId& owner) {
    planned.id = owner.raw();
    planned.found_by = "name of its tenant";
    Customer customer = *std::ranges::find(known_, owner, &Customer::id);
    if (!customer.external_id.empty()) {
      assume(fmt::format("{} has the external id `{}`, so that comparisons do not find it as `{}`: change one of them",
                         planned.id, customer.external_id, planned.legacy.name));
      return;
    }
    customer.external_id = planned.legacy.text;
    changed_.push_back(std::move(customer));
  }

  Result<std::map<std::string, std::string>> bill_sources_to_add(const RuleFile& rules) {
    std::map<std::string, std::string> names = request_.bill_sources;
    for (const std::string& name : unknown_bill_sources(rules, connections_)) {
      if (names.contains(name)) continue;
      if (connections_.size() == 1) {
        names[name] = connections_.front().name;
        assume(fmt::format("the bill source `{}`, which rules ask for, is the connection {}: it is the only one", name,
                           connections_.front().name));
      } else {
        assume(fmt::format("rules ask for the bill source `{}`, which is no connection: say which one it is", name));
      }
    }
    return names;
  }

  Result<void> write_rules() {
    APPORTION_ASSIGN(const auto in_force, workspace_.control_plane.current_document(DocumentKind::kRules));
    const std::string before = in_force ? in_force->text : std::string();
    RuleFile file;
    if (in_force) {
      APPORTION_ASSIGN(file, parse_rule_file(before, "the rules in force"));
    }
    APPORTION_ASSIGN(const auto names, bill_sources_to_add(file));
    if (names.empty() && rules_.empty()) return ok();
    RulesText text(in_force ? before
                            : fmt::format("- effective: {}\n  rules:{}\n", first_month_->to_string(),
                                          rules_.empty() ? " []" : ""));
    if (!rules_.empty()) text.add_rules(rules_);
    if (!names.empty()) text.add_bill_sources(names);
    const auto made = parse_rule_file(text.text(), "the rules with what is added");
    if (made && rules_in(*made) == rules_in(file) + rules_.size()) {
      plan_.rules_file = text.text();
      if (in_force)
        assume(
            "the rules are those in force, with rules added at the end of the last list, where first "
            "matches win, and other names of bill sources in each list");
      return ok();
    }
    add_by_hand(before, names);
    return ok();
  }

  // Where the text in force is written in a way that nothing can be added to.
  void add_by_hand(const std::string& before, const std::map<std::string, std::string>& names) {
    plan_.rules_file = before;
    for (const auto& [name, connection] : names) {
      plan_.rules_file += fmt::format("\n# bill_sources: {{{}: {}}}", yaml_text(name), yaml_text(connection));
    }
    for (const std::string& rule : rules_) {
      for (const std::string_view line : split_text(rule, '\n')) plan_.rules_file += fmt::format("\n# {}", line);
    }
    plan_.rules_file += '\n';
    assume(
        "the rules in force are written in such a way that nothing can be added: what is missing is in comments at "
        "their end, to be moved by hand");
  }

  const Workspace& workspace_;
  const MigrationPlanRequest& request_;
  std::vector<Customer> known_;
  std::vector<Connection> connections_;
  std::map<std::string, std::set<std::string>> tenants_by_name_;  // folded
  std::map<std::string, int> customers_with_;                     // by subscription
  std::optional<Month> first_month_;
  std::vector<Customer> changed_;
  std::vector<std::string> rules_;
  MigrationPlan plan_;
};

}  // namespace

std::map<std::string, std::string> bill_sources_of(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> names;
  for (const std::string& text : texts) {
    const auto sign = text.rfind('=');
    names[text.substr(0, sign)] = text.substr(sign + 1);
  }
  return names;
}

Result<MigrationPlan> plan_migration(const Caller& caller, const Workspace& workspace, LakeReader& reader,
                                     const ReadScope& scope, const MigrationPlanRequest& request) {
  APPORTION_TRY(check_partner(caller));
  APPORTION_ASSIGN(auto legacy, legacy_customers(reader, scope, request.source));
  return Planner(workspace, request).plan(std::move(legacy));
}

Result<Migration> compare_migration(const Caller& caller, const Workspace& workspace, LakeReader& reader,
                                    const ReadScope& scope, std::optional<InvoiceFileKind> source,
                                    const std::optional<std::string>& customer) {
  APPORTION_ASSIGN(const Settings settings, Settings::read(workspace.control_plane));
  MigrationRequest request{source, {}, settings[SettingId::kMigrationBeforeCredit] == 1, workspace.cancel};
  if (customer) {
    APPORTION_ASSIGN(request.customer, known_customer(caller, workspace, *customer));
  }
  return compare_with_legacy(reader, scope, request);
}

}  // namespace apportion
