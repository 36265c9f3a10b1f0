#include "query/reconciliation.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <mutex>
#include <set>
#include <tuple>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/row_values.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "lake/snapshot.h"
#include "query/reconciled_account_internal.h"
#include "query/reconciled_charges.sql.h"

namespace apportion {
namespace {

constexpr char kSeparator = '\x1f';
constexpr std::size_t kKeyParts = 8;
constexpr std::size_t kCoarseParts = 5;
constexpr std::int64_t kLinesBetweenChecks = 1 << 16;
constexpr std::size_t kCustomersAtOnce = 500;  // whose charges are read in full detail

using KeyParts = std::array<std::string_view, kKeyParts>;

void join(std::span<const std::string_view> parts, std::string& text) {
  text.clear();
  for (const std::string_view part : parts) {
    text += part;
    text += kSeparator;
  }
}

ReconciledKey key_of(const std::string& text) {
  const auto parts = split_text(text, kSeparator);
  const auto part = [&parts](std::size_t at) { return at < parts.size() ? std::string(parts[at]) : std::string(); };
  return {part(0), part(1), part(2), part(3), part(4), part(5), part(6), part(7)};
}

// The key without its invoice: what is asked for on another one.
std::string without_invoice(const std::string& key) { return key.substr(key.find(kSeparator)); }

// Accounts by key, which several threads add to.
class Accounts {
 public:
  template <class Do>
  void with(const std::string& key, const Do& what) {
    Part& part = parts_[std::hash<std::string>()(key) % kParts];
    const std::lock_guard lock(part.mutex);
    what(part.accounts[key]);
  }

  // When no thread adds any more.
  template <class Do>
  void for_each(const Do& what) const {
    for (const Part& part : parts_) {
      for (const auto& [key, account] : part.accounts) what(key, account);
    }
  }

 private:
  static constexpr std::size_t kParts = 61;  // a prime: the tables use the same hash
  struct Part {
    std::mutex mutex;
    std::unordered_map<std::string, ReconciledAccount> accounts;
  };
  std::array<Part, kParts> parts_;
};

// What is read of lines together.
struct LinesRead {
  std::int64_t lines = 0;  // of the invoice and month in question
  std::set<std::string, std::less<>> invoices;
  std::set<std::string, std::less<>> partners;

  void note(const InvoiceLine& line) {
    ++lines;
    if (!invoices.contains(line.invoice)) invoices.emplace(line.invoice);
    if (!line.partner_id.empty() && !partners.contains(line.partner_id)) partners.emplace(line.partner_id);
  }

  void add(LinesRead other) {
    lines += other.lines;
    invoices.merge(other.invoices);
    partners.merge(other.partners);
  }
};

// Which keys are looked at more closely, and what was seen of them.
struct CloserLook {
  const std::unordered_set<std::string>& keys;
  std::vector<std::string> customers;  // in lower case
  std::mutex mutex;
  std::unordered_set<std::int64_t> seen;  // hashes of lines

  bool is_doubled(const InvoiceLine& line) {
    const std::lock_guard lock(mutex);
    return !seen.insert(line.hash).second;
  }
};

class Reconciler {
 public:
  Reconciler(LakeReader& reader, const ReadScope& scope, const ReconcileRequest& request)
      : reader_(reader), scope_(scope), request_(request) {}

  Result<Reconciliation> run() {
    Accounts accounts;
    APPORTION_TRY(read_lines(kCoarseParts, nullptr, accounts));
    APPORTION_TRY(check_lines());
    APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::take(reader_.control_plane(), scope_));
    APPORTION_TRY(reader_.open_relations(snapshot));
    APPORTION_TRY(read_charges({}, kCoarseParts, nullptr, accounts));
    APPORTION_TRY(check_charges());
    std::unordered_set<std::string> unexplained;
    accounts.for_each(
        [&](const std::string& key, const ReconciledAccount& account) { settle(key, account, &unexplained); });
    if (!unexplained.empty()) APPORTION_TRY(look_closer(unexplained));
    pair_invoices();
    return finished();
  }

 private:
  bool is_asked_for(const InvoiceLine& line) const {
    if (request_.invoice && line.invoice != *request_.invoice) return false;
    return !scope_.month || !line.day || scope_.month->contains(*line.day);
  }

  // Adds up lines by the first `parts` parts of their keys; with a closer look, of its keys.
  Result<void> read_lines(std::size_t parts, CloserLook* closer, Accounts& accounts) {
    const std::size_t threads = std::max<std::size_t>(1, request_.threads);
    for (std::size_t at = 0; at < request_.lines.size(); ++at) {
      const InvoiceLines& source = request_.lines[at];
      std::vector<LinesRead> read(threads);
      std::vector<InvoiceLineVisitor> visitors;
      for (LinesRead& of_thread : read) visitors.push_back(visitor(at, parts, closer, of_thread, accounts));
      const auto customers = closer == nullptr ? std::span<const std::string>() : std::span(closer->customers);
      const auto facts = source.read({visitors, customers});
      if (!facts) return facts.error();
      if (kind_ && *kind_ != facts->kind) return mixed_kinds(source.name, facts->kind);
      kind_ = facts->kind;
      if (closer == nullptr) has_meters_ = has_meters_ && facts->has_meters;
      for (LinesRead& of_thread : read) read_.add(std::move(of_thread));
    }
    return ok();
  }

  // Of one thread. What is passed must outlive it.
  InvoiceLineVisitor visitor(std::size_t source, std::size_t parts, CloserLook* closer, LinesRead& read,
                             Accounts& accounts) const {
    return [=, this, &read, &accounts, until_check = kLinesBetweenChecks, coarse = std::string(),
            fine = std::string()](const InvoiceLine& line) mutable -> Result<void> {
      if (--until_check == 0) {
        until_check = kLinesBetweenChecks;
        if (request_.cancel.requested()) return cancelled_error(request_.lines[source].name);
      }
      if (!is_asked_for(line)) return ok();
      const std::string day = parts > kCoarseParts && line.day ? line.day->to_string() : std::string();
      const std::string_view meter = has_meters_ ? line.meter_id : std::string_view();
      const KeyParts key = {line.invoice, line.currency->code(), line.customer_id, line.subscription, line.product, day,
                            meter,        line.resource};
      const std::span<const std::string_view> all(key);
      join(all.first(kCoarseParts), coarse);
      if (closer == nullptr) {
        read.note(line);
        accounts.with(coarse, [&](ReconciledAccount& account) { add_line(line, source, false, account); });
      } else if (closer->keys.contains(coarse)) {
        const bool is_doubled = closer->is_doubled(line);
        join(all.first(parts), fine);
        accounts.with(fine, [&](ReconciledAccount& account) { add_line(line, source, is_doubled, account); });
      }
      return ok();
    };
  }

  Error mixed_kinds(const std::string& file, InvoiceFileKind kind) const {
    return {
        ErrorId::kMixedFileKinds, "files of two kinds cannot be compared together", file,
        fmt::format("it is {}, and the one before is {}", invoice_file_kind_name(kind), invoice_file_kind_name(*kind_)),
        "compare each kind by itself: daily usage is a part of what the reconciliation file has"};
  }

  Result<void> check_lines() const {
    if (read_.lines > 0) return ok();
    return Error{ErrorId::kNoSuchRecord, "there is no line to compare",
                 fmt::format("invoice {}, month {}", request_.invoice.value_or("any"),
                             scope_.month ? scope_.month->to_string() : "any"),
                 "no line is of this invoice and month", "name the invoice and the month that the lines are of"};
  }

  Result<void> check_charges() const {
    if (!has_charges_) {
      return Error{ErrorId::kNoCharges, "there are no charges to compare with",
                   scope_.month ? "month " + scope_.month->to_string() : "", "no costs have been imported of it",
                   step(Step::kSync)};
    }
    const auto is_known = [this](const std::string& partner) { return partners_of_charges_.contains(partner); };
    if (read_.partners.empty() || partners_of_charges_.empty()) return ok();
    if (std::ranges::any_of(read_.partners, is_known)) return ok();
    return Error{ErrorId::kRunOfAnotherScope, "the lines are of another partner",
                 fmt::format("PartnerId {}", fmt::join(read_.partners, ", ")),
                 fmt::format("the charges are of the partner's tenant {}", fmt::join(partners_of_charges_, ", ")),
                 "take the files of this partner, or the home of the other one"};
  }

  // In full detail of some customers, or the sums of all.
  std::string statement(std::span<const std::string> customers) const {
    const bool is_usage = kind_ == InvoiceFileKind::kDailyUsage;
    const bool is_fine = !customers.empty();
    const auto column = [](bool is_needed, std::string_view name, std::string_view type) {
      return is_needed ? std::string(name) : fmt::format("CAST(NULL AS {})", type);
    };
    return fmt::format(fmt::runtime(sql::kReconciledChargesSql),
                       fmt::arg("subscription", is_usage ? "x_SubscriptionId" : "x_SkuOrderId"),
                       fmt::arg("day", column(is_fine, "ChargePeriodStart", "DATE")),
                       fmt::arg("meter", column(is_fine && has_meters_, "x_SkuMeterId", "VARCHAR")),
                       fmt::arg("resource", column(is_fine, "ResourceId", "VARCHAR")),
                       fmt::arg("cost", column(is_fine, "BilledCost", "DECIMAL(38,18)")),
                       fmt::arg("customers", is_fine ? condition_of(customers) : "TRUE"));
  }

  static std::string condition_of(std::span<const std::string> customers) {
    return fmt::format("coalesce(x_CustomerTenantId, '') IN ({})",
                       fmt::join(std::vector<std::string_view>(customers.size(), "?"), ", "));
  }

  // Adds up charges by the first `parts` of their keys; with a closer look, of its keys. Of some customers only, by the
  // ids that their charges have, it tells charges that are there twice.
  Result<void> read_charges(std::span<const std::string> customers, std::size_t parts, const CloserLook* closer,
                            Accounts& accounts) {
    const std::vector<EngineValue> values(customers.begin(), customers.end());
    std::string coarse;
    std::string fine;
    return reader_.engine().query(statement(customers), values, [&](const EngineRow& row) -> Result<void> {
      if (request_.cancel.requested()) return cancelled_error("the charges");
      const ChargeGroup group = charge_group(row, *kind_);
      has_charges_ = true;
      if (!group.partner.empty()) partners_of_charges_.insert(group.partner);
      if (closer == nullptr) customers_of_charges_.insert(text_at(row, 2));
      const std::string day = group.day ? group.day->to_string() : std::string();
      const KeyParts key = {group.invoice, group.currency, group.customer, group.subscription, group.product,
                            day,           group.meter,    group.resource};
      const std::span<const std::string_view> all(key);
      const auto add = [&group](ReconciledAccount& account) { add_charges(group, account); };
      join(all.first(kCoarseParts), coarse);
      if (closer == nullptr) {
        (is_compared(group.invoice) ? accounts : elsewhere_).with(coarse, add);
      } else if (closer->keys.contains(coarse)) {
        join(all.first(parts), fine);
        accounts.with(fine, add);
      }
      return ok();
    });
  }

  // Charges without invoice are compared where lines have none either, or the whole month is.
  bool is_compared(const std::string& invoice) const {
    return read_.invoices.contains(invoice) || (invoice.empty() && scope_.month && !request_.invoice);
  }

  // Adds a key to the result; one that nothing explains to `unexplained` instead, if there is one.
  void settle(const std::string& key, const ReconciledAccount& account, std::unordered_set<std::string>* unexplained) {
    const std::vector<DifferencePart> parts = explain_difference(account);
    if (unexplained != nullptr && parts.front().why == DifferenceClass::kUnknown) {
      unexplained->insert(key);
      return;
    }
    const ReconciledKey read_key = key_of(key);
    for (const DifferencePart& part : parts) {
      Difference difference{.key = read_key, .why = part.why, .amount = part.amount, .bound = part.bound};
      if (&part == &parts.front()) {
        difference.charges = account.charges.sum;
        difference.lines = account.lines.sum;
        difference.charge_rows = account.charges.rows;
        difference.line_rows = account.lines.rows;
      }
      difference.first_row = account.first_row;
      difference.first_line = account.first_line;
      if (read_key.invoice.empty() && part.why == DifferenceClass::kMissingLines) {
        difference.why = DifferenceClass::kNotBilledYet;
      }
      keep(std::move(difference), key, account);
    }
    if (!account.tax.is_zero()) keep_tax(read_key, account);
  }

  void keep(Difference difference, const std::string& key, const ReconciledAccount& account) {
    if (difference.why == DifferenceClass::kEqual) {
      add_to_sums(difference);
      return;
    }
    if (difference.why == DifferenceClass::kMissingCharges || difference.why == DifferenceClass::kMissingLines) {
      one_sided_[without_invoice(key)].push_back(
          {differences_.size(), account.plain.taken_by_rounding, account.digits(), difference.key.invoice});
    }
    differences_.push_back(std::move(difference));
  }

  // Tax stands beside the amounts that are compared, and no charge has it.
  void keep_tax(const ReconciledKey& key, const ReconciledAccount& account) {
    differences_.push_back({.key = key,
                            .why = DifferenceClass::kTax,
                            .lines = account.tax,
                            .amount = account.tax.negated(),
                            .bound = magnitude_of(account.tax),
                            .first_row = account.first_row,
                            .first_line = account.first_line,
                            .is_beside = true});
  }

  Result<void> look_closer(const std::unordered_set<std::string>& unexplained) {
    const bool has_days = kind_ == InvoiceFileKind::kDailyUsage;
    const std::size_t parts = has_days ? kKeyParts : kCoarseParts;
    Accounts accounts;
    CloserLook closer{unexplained, customers_of(unexplained), {}, {}};
    APPORTION_TRY(read_lines(parts, &closer, accounts));
    const std::vector<std::string> customers = as_charges_spell(closer.customers);
    for (std::size_t at = 0; at < customers.size(); at += kCustomersAtOnce) {
      const auto some = std::span(customers).subspan(at, std::min(kCustomersAtOnce, customers.size() - at));
      APPORTION_TRY(read_charges(some, parts, &closer, accounts));
    }
    accounts.for_each([&](const std::string& key, const ReconciledAccount& account) { settle(key, account, nullptr); });
    return ok();
  }

  static std::vector<std::string> customers_of(const std::unordered_set<std::string>& keys) {
    std::set<std::string> customers;
    for (const std::string& key : keys) customers.insert(key_of(key).customer);
    return {customers.begin(), customers.end()};
  }

  std::vector<std::string> as_charges_spell(std::span<const std::string> customers) const {
    const std::unordered_set<std::string> wanted(customers.begin(), customers.end());
    std::vector<std::string> spelled;
    std::ranges::copy_if(customers_of_charges_, std::back_inserter(spelled),
                         [&wanted](const std::string& customer) { return wanted.contains(ascii_lower(customer)); });
    return spelled;
  }

  struct OneSided {
    std::size_t at = 0;  // in differences_
    Decimal taken_by_rounding;
    Decimal digits;
    std::string invoice;
  };

  // What one side has on another invoice, or on none yet: the same key, and the same amount.
  void pair_invoices() {
    for (auto& [key, sides] : one_sided_) {
      std::ranges::sort(sides, {}, &OneSided::invoice);  // keys are found in no order
      for (const OneSided& side : sides) {
        if (differences_[side.at].why != DifferenceClass::kMissingCharges) continue;
        if (!pair_with_compared(side, sides)) pair_with_others(side, key);
      }
    }
  }

  static bool is_the_same(Decimal charges, Decimal charge_digits, const Difference& lines, const OneSided& side) {
    const Decimal left = charges + lines.amount;  // the amount of lines alone is negative
    const Decimal digits = charge_digits + side.digits;
    return magnitude_of(left) <= digits || magnitude_of(left - side.taken_by_rounding) <= digits;
  }

  bool pair_with_compared(const OneSided& side, const std::vector<OneSided>& sides) {
    Difference& lines = differences_[side.at];
    for (const OneSided& other : sides) {
      Difference& charges = differences_[other.at];
      if (charges.why != DifferenceClass::kMissingLines) continue;
      if (!is_the_same(charges.amount, other.digits, lines, side)) continue;
      lines.why = charges.why = DifferenceClass::kOtherInvoice;
      lines.other_invoice = other.invoice;
      charges.other_invoice = side.invoice;
      return true;
    }
    return false;
  }

  // Charges that are not compared, since no line is of their invoice.
  void pair_with_others(const OneSided& side, const std::string& key) {
    Difference& lines = differences_[side.at];
    for (const auto& [other_key, account] : others_by_key()[key]) {
      if (!is_the_same(account->charges.sum, account->digits(), lines, side)) continue;
      lines.other_invoice = key_of(*other_key).invoice;
      lines.why = lines.other_invoice.empty() ? DifferenceClass::kNotBilledYet : DifferenceClass::kOtherInvoice;
      lines.first_row = account->first_row;
      return;
    }
  }

  using Other = std::pair<const std::string*, const ReconciledAccount*>;
  std::unordered_map<std::string, std::vector<Other>>& others_by_key() {
    if (others_.empty()) {
      elsewhere_.for_each([this](const std::string& key, const ReconciledAccount& account) {
        others_[without_invoice(key)].emplace_back(&key, &account);
      });
      for (auto& [key, others] : others_)
        std::ranges::sort(others, {}, [](const Other& other) { return *other.first; });
    }
    return others_;
  }

  void add_to_sums(const Difference& difference) {
    DifferenceSum& sum = sums_[{difference.key.invoice, difference.key.currency, difference.why}];
    ++sum.keys;
    sum.charges += difference.charges.value_or(Decimal());
    sum.lines += difference.lines.value_or(Decimal());
    sum.amount += difference.amount;
    sum.bound += difference.bound;
    if (difference.is_beside) sum.beside += difference.lines.value_or(Decimal());
  }

  Reconciliation finished() {
    for (const Difference& difference : differences_) add_to_sums(difference);
    std::ranges::sort(differences_, {}, [](const Difference& one) {
      const ReconciledKey& key = one.key;
      return std::tie(key.invoice, key.currency, key.customer, key.subscription, key.product, key.day, key.meter,
                      key.resource, one.why);
    });
    Reconciliation reconciliation;
    for (const InvoiceLines& source : request_.lines) reconciliation.rejected_lines += source.rejected;
    reconciliation.differences = std::move(differences_);
    for (auto& [key, sum] : sums_) {
      std::tie(sum.invoice, sum.currency, sum.why) = key;
      reconciliation.sums.push_back(std::move(sum));
    }
    return reconciliation;
  }

  LakeReader& reader_;
  const ReadScope& scope_;
  const ReconcileRequest& request_;
  std::optional<InvoiceFileKind> kind_;  // of the lines
  bool has_meters_ = true;               // so have the lines
  LinesRead read_;
  bool has_charges_ = false;
  std::set<std::string> partners_of_charges_;
  std::set<std::string> customers_of_charges_;  // as charges spell their ids
  Accounts elsewhere_;                          // charges of invoices that no line is of
  std::unordered_map<std::string, std::vector<Other>> others_;
  std::vector<Difference> differences_;
  std::unordered_map<std::string, std::vector<OneSided>> one_sided_;  // by key without invoice
  std::map<std::tuple<std::string, std::string, DifferenceClass>, DifferenceSum> sums_;
};

}  // namespace

bool Reconciliation::holds() const {
  const auto is_unknown = [](const DifferenceSum& sum) { return sum.why == DifferenceClass::kUnknown; };
  return rejected_lines == 0 && std::ranges::none_of(sums, is_unknown);
}

Result<Reconciliation> reconcile(LakeReader& reader, const ReadScope& scope, const ReconcileRequest& request) {
  APPORTION_TRY(require_partner(scope, "the comparison with Microsoft's invoice"));
  return Reconciler(reader, scope, request).run();
}

Table reconciliation_sums_table(const Reconciliation& reconciliation) {
  Table table;
  table.columns = {{"InvoiceId"},
                   {"BillingCurrency"},
                   {"Class"},
                   {"Keys", TableKind::kInteger},
                   {"Charges", TableKind::kMoney},
                   {"Lines", TableKind::kMoney},
                   {"Difference", TableKind::kMoney},
                   {"Bound", TableKind::kMoney}};
  table.has_totals = true;
  for (const DifferenceSum& sum : reconciliation.sums) {
    table.rows.push_back({text_cell(sum.invoice), sum.currency, std::string(difference_class_name(sum.why)), sum.keys,
                          sum.charges, sum.lines, sum.amount, sum.bound});
  }
  return table;
}

}  // namespace apportion
