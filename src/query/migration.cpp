#include "query/migration.h"

#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <tuple>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/row_values.h"
#include "foundation/base/count_text.h"
#include "foundation/base/text.h"
#include "lake/snapshot.h"
#include "query/migrated_charges.sql.h"
#include "query/migrated_commitments.sql.h"
#include "query/reconciled_account_internal.h"

namespace apportion {
namespace {

constexpr char kSeparator = '\x1f';
constexpr char kNobodyMark = '\x1e';  // before what the legacy calls a customer that is nobody here
constexpr std::int64_t kLinesBetweenChecks = 1 << 16;
constexpr std::size_t kCustomersAtOnce = 500;

enum KeyPart : std::size_t { kMonth, kCurrency, kCustomer, kSubscription, kProduct, kKeyParts };
using KeyParts = std::array<std::string_view, kKeyParts>;

std::string joined(const KeyParts& parts) {
  std::string text;
  for (const std::string_view part : parts) {
    text += part;
    text += kSeparator;
  }
  return text;
}

MigrationKey key_of(const std::string& text) {
  const auto parts = split_text(text, kSeparator);
  MigrationKey key{*Month::parse(parts[kMonth]),      std::string(parts[kCurrency]), {}, {},
                   std::string(parts[kSubscription]), std::string(parts[kProduct])};
  std::string_view customer = parts[kCustomer];
  if (customer.starts_with(kNobodyMark)) {
    key.legacy_name = customer.substr(1);
  } else {
    key.customer = customer;
  }
  return key;
}

// The key without its customer: what is asked for at another one.
std::string without_customer(const MigrationKey& key) {
  return joined({key.month.to_string(), key.currency, "", key.subscription, key.product});
}

// Which a reconciliation finds too, and which say what is wrong.
bool is_fault(DifferenceClass why, bool before_credit) {
  switch (why) {
    case DifferenceClass::kDoubledLines:
    case DifferenceClass::kDoubledCharges:
    case DifferenceClass::kMissingLines:
    case DifferenceClass::kMissingCharges:
    case DifferenceClass::kOtherCustomer:
    case DifferenceClass::kUnknown: return true;
    case DifferenceClass::kPartnerCredit: return !before_credit;
    default: return false;
  }
}

struct MigratedAccount {
  ReconciledAccount sums;
  // Charges of the customer's tenants that a rule assigns to another one.
  Decimal assigned_away;
  std::int64_t rows_away = 0;
};
using Accounts = std::unordered_map<std::string, MigratedAccount>;

std::set<Month> months_with_charges(const Snapshot& snapshot) {
  std::set<Month> months;
  for (const PublishedMonth& month : snapshot.months()) {
    if (month.charge_set) months.insert(month.month.month);
  }
  return months;
}

class MigrationComparer {
 public:
  MigrationComparer(LakeReader& reader, const ReadScope& scope, const MigrationRequest& request, Legacy legacy,
                    const std::vector<Customer>& customers)
      : reader_(reader),
        scope_(scope),
        request_(request),
        legacy_(std::move(legacy)),
        customers_(customers),
        finder_(customers) {}

  Result<Migration> run() {
    found_.source = legacy_.kind;
    found_.before_credit = request_.before_credit;
    APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::take(reader_.control_plane(), scope_));
    APPORTION_TRY(choose_months(months_with_charges(snapshot)));
    APPORTION_TRY(reader_.open_relations(snapshot));
    Accounts accounts;
    APPORTION_TRY(read_lines(nullptr, accounts));
    APPORTION_TRY(read_charges({}, nullptr, accounts));
    Accounts unexplained;  // with what was assigned away, and nothing else
    for (auto& [key, account] : accounts) settle(key, account, &unexplained);
    if (!unexplained.empty()) APPORTION_TRY(look_closer(unexplained));
    pair_customers();
    APPORTION_TRY(read_gains());
    finish();
    return std::move(found_);
  }

 private:
  Result<void> choose_months(const std::set<Month>& of_charges) {
    const std::set<Month> of_legacy = legacy_.months();
    const auto no_common = [&]() -> Error {
      return {ErrorId::kNoCharges, "there is no month that both sides have",
              fmt::format("the legacy has {}..{}", of_legacy.begin()->to_string(), of_legacy.rbegin()->to_string()),
              of_charges.empty() ? "there are no charges"
                                 : fmt::format("there are charges of {}..{}", of_charges.begin()->to_string(),
                                               of_charges.rbegin()->to_string()),
              "import what the other side lacks"};
    };
    if (of_charges.empty()) return no_common();
    Month first = scope_.first_month.value_or(std::max(*of_legacy.begin(), *of_charges.begin()));
    const Month last = scope_.last_month.value_or(std::min(*of_legacy.rbegin(), *of_charges.rbegin()));
    for (Month month = first; month <= last; month = month.plus_months(1)) {
      const bool has_legacy = of_legacy.contains(month);
      const bool has_charges = of_charges.contains(month);
      if (has_legacy && has_charges) found_.months.push_back(month);
      if (!has_legacy) found_.without_legacy.push_back(month);
      if (!has_charges) found_.without_charges.push_back(month);
    }
    if (found_.months.empty()) return no_common();
    const auto is_outside = [&](Month month) { return month < first || last < month; };
    std::ranges::copy_if(of_legacy, std::back_inserter(found_.only_legacy), is_outside);
    std::ranges::copy_if(of_charges, std::back_inserter(found_.only_charges), is_outside);
    return ok();
  }

  bool is_compared(Month month) const { return std::ranges::binary_search(found_.months, month); }

  // Lines of one customer mostly follow one another.
  const std::string& customer_of(std::string_view text, Month month) {
    if (last_customer_ && last_customer_->month == month && last_customer_->text == text)
      return last_customer_->customer;
    const auto found = finder_.find(text, month);
    if (!found && finder_.count_of(text) > 1) unclear_.emplace(text);
    last_customer_ = {std::string(text), month, found ? found->raw() : fmt::format("{}{}", kNobodyMark, text)};
    return last_customer_->customer;
  }

  Result<void> read_lines(const Accounts* only, Accounts& accounts) {
    std::unordered_set<std::int64_t> seen;  // lines of `only`, by their hashes
    for (std::size_t at = 0; at < legacy_.lines.size(); ++at) {
      const LegacyLines& source = legacy_.lines[at];
      if (!is_compared(source.month)) continue;
      if (only == nullptr) found_.rejected_lines += source.lines.rejected;
      const std::string month = source.month.to_string();
      std::int64_t until_check = kLinesBetweenChecks;
      const InvoiceLineVisitor visit = [&](const InvoiceLine& line) -> Result<void> {
        if (--until_check == 0) {
          until_check = kLinesBetweenChecks;
          if (request_.cancel.requested()) return cancelled_error(source.lines.name);
        }
        const std::string& customer = customer_of(line.customer_id, source.month);
        const std::string key = joined({month, line.currency->code(), customer,
                                        legacy_.subscription ? line.subscription : std::string_view(),
                                        legacy_.product ? line.product : std::string_view()});
        const bool is_doubled = only != nullptr && only->contains(key) && !seen.insert(line.hash).second;
        if (only == nullptr || only->contains(key)) add(line, at, is_doubled, accounts[key].sums);
        return ok();
      };
      const auto facts = source.lines.read({std::span(&visit, 1)});
      if (!facts) return facts.error();
    }
    return ok();
  }

  void add(const InvoiceLine& line, std::size_t source, bool is_doubled, ReconciledAccount& account) const {
    InvoiceLine dated = line;
    if (legacy_.kind == InvoiceFileKind::kBill) dated.day.reset();  // it is of a month
    add_line(dated, source, is_doubled, account);
    account.rounding_of_lines += legacy_.lines[source].rounding;
  }

  std::string statement(std::span<const std::string> customers) const {
    const bool is_fine = !customers.empty();
    std::string condition = "TRUE";
    if (is_fine) {
      condition =
          fmt::format("CustomerId IN ({})", fmt::join(std::vector<std::string_view>(customers.size(), "?"), ", "));
    }
    return fmt::format(
        fmt::runtime(sql::kMigratedChargesSql), fmt::arg("subscription", subscription_column()),
        fmt::arg("product", product_column()), fmt::arg("day", is_fine ? "ChargePeriodStart" : "CAST(NULL AS DATE)"),
        fmt::arg("cost", is_fine ? "BilledCost" : "CAST(NULL AS DECIMAL(38,18))"), fmt::arg("customers", condition));
  }

  std::string_view subscription_column() const {
    if (!legacy_.subscription) return "CAST(NULL AS VARCHAR)";
    if (*legacy_.subscription == BillField::kSubscriptionName) return "SubAccountName";
    return legacy_.kind == InvoiceFileKind::kReconciliation ? "x_SkuOrderId" : "x_SubscriptionId";
  }

  std::string_view product_column() const {
    if (!legacy_.product) return "CAST(NULL AS VARCHAR)";
    switch (*legacy_.product) {
      case BillField::kProductName: return "ChargeDescription";
      case BillField::kService: return "ServiceName";
      default: return "SkuId";
    }
  }

  // Of some customers only, it tells charges that are there twice.
  Result<void> read_charges(std::span<const std::string> customers, const Accounts* only, Accounts& accounts) {
    constexpr std::size_t kCustomerColumn = 22;
    constexpr std::size_t kMonthColumn = 23;
    const std::vector<EngineValue> values(customers.begin(), customers.end());
    return reader_.engine().query(statement(customers), values, [&](const EngineRow& row) -> Result<void> {
      if (request_.cancel.requested()) return cancelled_error("the charges");
      const std::string month_text(row.text(kMonthColumn));
      const Month month = *Month::parse(month_text);
      if (!is_compared(month)) return ok();
      ChargeGroup group = charge_group(row, legacy_.kind);
      const std::string customer(row.text(kCustomerColumn));
      const std::string owner = finder_.owner_of(group.customer, month).raw();
      const bool is_by_customer = group.nature == AmountNature::kPlain || group.nature == AmountNature::kSubscription ||
                                  group.nature == AmountNature::kMarketplace;
      const bool is_of_another = owner != customer && is_by_customer;
      if (is_of_another) group.nature = AmountNature::kOfAnother;
      const bool is_unbilled = group.invoice.empty() && legacy_.kind != InvoiceFileKind::kBill;
      if (is_unbilled && group.nature == AmountNature::kPlain) group.nature = AmountNature::kUnbilled;
      const auto key_at = [&](const std::string& whose) {
        return joined({month_text, group.currency, whose, group.subscription, group.product});
      };
      const std::string key = key_at(customer);
      if (only == nullptr || only->contains(key)) add_charges(group, accounts[key].sums);
      if (!is_of_another || only != nullptr) return ok();
      MigratedAccount& of_owner = accounts[key_at(owner)];
      of_owner.assigned_away += group.cost;
      of_owner.rows_away += group.rows;
      return ok();
    });
  }

  // Adds a key to the result; one that nothing explains to `unexplained` instead, if there is one.
  void settle(const std::string& key, MigratedAccount& account, Accounts* unexplained) {
    ReconciledAccount& sums = account.sums;
    if (sums.lines.rows > 0 && account.rows_away > 0) {
      sums.of(AmountNature::kOfAnother).charges += account.assigned_away.negated();
      sums.charges.rows += account.rows_away;  // so that both sides have the key
    }
    if (sums.lines.rows == 0 && sums.charges.rows == 0) return;  // all was assigned away, and the legacy has none
    const std::vector<DifferencePart> parts = explain_difference(sums);
    if (unexplained != nullptr && parts.front().why == DifferenceClass::kUnknown) {
      MigratedAccount& again = (*unexplained)[key];
      again.assigned_away = account.assigned_away;
      again.rows_away = account.rows_away;
      return;
    }
    const MigrationKey read_key = key_of(key);
    for (const DifferencePart& part : parts) {
      MigratedAmount amount{.key = read_key, .why = part.why, .difference = part.amount, .bound = part.bound};
      if (&part == &parts.front()) {
        amount.now = sums.charges.sum;
        amount.before = sums.lines.sum;
        amount.charge_rows = sums.charges.rows - (sums.lines.rows > 0 ? account.rows_away : 0);
        amount.line_rows = sums.lines.rows;
      }
      amount.first_row = sums.first_row;
      amount.first_line = sums.first_line;
      found_.amounts.push_back(std::move(amount));
      digits_.push_back(sums.digits());
    }
  }

  Result<void> look_closer(const Accounts& unexplained) {
    Accounts accounts = unexplained;
    APPORTION_TRY(read_lines(&unexplained, accounts));
    std::set<std::string> customers;
    for (const auto& [key, account] : unexplained) customers.insert(key_of(key).customer);
    customers.erase("");
    const std::vector<std::string> wanted(customers.begin(), customers.end());
    for (std::size_t at = 0; at < wanted.size(); at += kCustomersAtOnce) {
      const auto some = std::span(wanted).subspan(at, std::min(kCustomersAtOnce, wanted.size() - at));
      APPORTION_TRY(read_charges(some, &unexplained, accounts));
    }
    for (auto& [key, account] : accounts) settle(key, account, nullptr);
    return ok();
  }

  // What one side has at another customer: the same month, currency, subscription and product, and the same amount.
  void pair_customers() {
    std::unordered_map<std::string, std::vector<std::size_t>> one_sided;
    for (std::size_t at = 0; at < found_.amounts.size(); ++at) {
      const MigratedAmount& amount = found_.amounts[at];
      const bool is_named = !amount.key.subscription.empty() || !amount.key.product.empty();
      const bool is_one_sided =
          amount.why == DifferenceClass::kMissingCharges || amount.why == DifferenceClass::kMissingLines;
      if (is_named && is_one_sided) one_sided[without_customer(amount.key)].push_back(at);
    }
    for (const auto& [key, places] : one_sided) {
      for (const std::size_t place : places) pair(place, places);
    }
  }

  void pair(std::size_t of_lines, const std::vector<std::size_t>& places) {
    MigratedAmount& lines = found_.amounts[of_lines];
    if (lines.why != DifferenceClass::kMissingCharges) return;
    for (const std::size_t place : places) {
      MigratedAmount& charges = found_.amounts[place];
      if (charges.why != DifferenceClass::kMissingLines) continue;
      const Decimal left = magnitude_of(charges.difference + lines.difference);
      if (digits_[of_lines] + digits_[place] < left) continue;
      lines.why = charges.why = DifferenceClass::kOtherCustomer;
      lines.other_customer = charges.key.customer;
      charges.other_customer = lines.key.customer.empty() ? lines.key.legacy_name : lines.key.customer;
      return;
    }
  }

  Result<void> read_gains() {
    return reader_.engine().query(std::string(sql::kMigratedCommitmentsSql), {}, [&](const EngineRow& row) {
      const Month month = *Month::parse(std::string(row.text(0)));
      const std::string customer(row.text(2));
      const bool is_asked_for = !request_.customer || request_.customer->raw() == customer;
      if (!is_compared(month) || !is_asked_for) return ok();
      found_.gains.push_back({month, customer, std::string(row.text(1)), text_at(row, 3), row.decimal(4),
                              decimal_at(row, 5), decimal_at(row, 6)});
      return ok();
    });
  }

  void finish() {
    found_.unclear.assign(unclear_.begin(), unclear_.end());
    if (request_.customer) {
      std::erase_if(found_.amounts,
                    [&](const MigratedAmount& amount) { return amount.key.customer != request_.customer->raw(); });
    }
    std::ranges::sort(found_.amounts, {}, [](const MigratedAmount& one) {
      const MigrationKey& key = one.key;
      return std::tie(key.customer, key.legacy_name, key.month, key.currency, key.subscription, key.product, one.why);
    });
    std::map<std::pair<std::string, std::string>, MigrationVerdict> verdicts;
    for (const MigratedAmount& amount : found_.amounts) {
      MigrationVerdict& verdict = verdicts[{amount.key.customer, amount.key.legacy_name}];
      verdict = std::max(verdict, verdict_of(amount.why));
    }
    add_customers(verdicts);
  }

  MigrationVerdict verdict_of(DifferenceClass why) const {
    if (why == DifferenceClass::kEqual) return MigrationVerdict::kEqual;
    return is_fault(why, request_.before_credit) ? MigrationVerdict::kNotExplained : MigrationVerdict::kExplained;
  }

  void add_customers(const std::map<std::pair<std::string, std::string>, MigrationVerdict>& verdicts) {
    std::map<std::tuple<std::string, std::string, std::string>, MigratedCustomer> sums;
    std::map<std::tuple<std::string, std::string, std::string>, std::set<Month>> months;
    for (const MigratedAmount& amount : found_.amounts) {
      const std::tuple key(amount.key.customer, amount.key.legacy_name, amount.key.currency);
      MigratedCustomer& sum = sums[key];
      sum.before += amount.before.value_or(Decimal());
      sum.now += amount.now.value_or(Decimal());
      sum.difference += amount.difference;
      if (amount.why != DifferenceClass::kEqual) sum.differences[amount.why] += amount.difference;
      months[key].insert(amount.key.month);
    }
    for (auto& [key, sum] : sums) {
      std::tie(sum.customer, sum.legacy_name, sum.currency) = key;
      sum.months = std::ssize(months[key]);
      sum.verdict = verdicts.at({sum.customer, sum.legacy_name});
      sum.name = name_of(sum);
      found_.customers.push_back(std::move(sum));
    }
  }

  std::string name_of(const MigratedCustomer& sum) const {
    if (sum.customer.empty()) return sum.legacy_name;
    const auto found = std::ranges::find(customers_, CustomerId(sum.customer), &Customer::id);
    return found == customers_.end() ? sum.customer : found->name;
  }

  LakeReader& reader_;
  const ReadScope& scope_;
  const MigrationRequest& request_;
  Legacy legacy_;
  const std::vector<Customer>& customers_;
  LegacyCustomerFinder finder_;
  struct FoundCustomer {
    std::string text;
    Month month;
    std::string customer;
  };
  std::optional<FoundCustomer> last_customer_;
  std::set<std::string> unclear_;
  Migration found_;
  std::vector<Decimal> digits_;  // of each amount, until they are sorted
};

std::string in_words(const std::vector<Month>& months) {
  std::vector<std::string> texts;
  for (const Month month : months) texts.push_back(month.to_string());
  return fmt::format("{}", fmt::join(texts, ", "));
}

}  // namespace

std::string_view migration_verdict_name(MigrationVerdict verdict) {
  switch (verdict) {
    case MigrationVerdict::kEqual: return "equal";
    case MigrationVerdict::kExplained: return "explained";
    case MigrationVerdict::kNotExplained: return "not explained";
  }
  return {};
}

std::optional<MigrationVerdict> migration_verdict_of(std::string_view name) {
  for (const MigrationVerdict one :
       {MigrationVerdict::kEqual, MigrationVerdict::kExplained, MigrationVerdict::kNotExplained}) {
    if (name == migration_verdict_name(one)) return one;
  }
  return std::nullopt;
}

bool Migration::holds() const {
  const auto is_not_explained = [](const MigratedCustomer& one) {
    return one.verdict == MigrationVerdict::kNotExplained;
  };
  const bool has_all_months = without_legacy.empty() && without_charges.empty();
  return has_all_months && rejected_lines == 0 && std::ranges::none_of(customers, is_not_explained);
}

Result<Migration> compare_with_legacy(LakeReader& reader, const ReadScope& scope, const MigrationRequest& request) {
  APPORTION_TRY(require_partner(scope, "the comparison with the legacy method"));
  APPORTION_ASSIGN(Legacy legacy, legacy_lines(reader, scope, request.source));
  APPORTION_ASSIGN(const auto customers, reader.control_plane().customers());
  return MigrationComparer(reader, scope, request, std::move(legacy), customers).run();
}

Table migration_gains_table(const Migration& migration) {
  Table table;
  table.columns = {{"Month"},
                   {"CustomerId"},
                   {"BillingCurrency"},
                   {"Commitment"},
                   {"Bought", TableKind::kMoney},
                   {"Used", TableKind::kMoney, true},
                   {"Unused", TableKind::kMoney, true}};
  table.has_totals = true;
  for (const MigrationGain& one : migration.gains) {
    table.rows.push_back({one.month.to_string(), one.customer, one.currency, text_cell(one.kind), one.bought,
                          optional_cell(one.used), optional_cell(one.unused)});
  }
  return table;
}

std::vector<std::string> migration_notices(const Migration& migration) {
  std::vector<std::string> notices;
  notices.push_back(fmt::format("compared with {}: {}",
                                migration.source == InvoiceFileKind::kBill
                                    ? std::string("the imported bills")
                                    : fmt::format("Microsoft's {}", invoice_file_kind_name(migration.source)),
                                in_words(migration.months)));
  const auto add = [&notices](const std::vector<Month>& months, std::string_view what) {
    if (!months.empty()) notices.push_back(fmt::format("{}: {}", what, in_words(months)));
  };
  add(migration.without_legacy, "not compared, since the legacy has nothing of them");
  add(migration.without_charges, "not compared, since there are no charges of them");
  add(migration.only_legacy, "the legacy has these months, too, of which there are no charges");
  add(migration.only_charges, "there are charges of these months, too, of which the legacy has nothing");
  if (migration.rejected_lines > 0) {
    notices.push_back(fmt::format("{} of the legacy could not be read, and the sums lack them",
                                  count_of(migration.rejected_lines, "line")));
  }
  for (const std::string& name : migration.unclear) {
    notices.push_back(
        fmt::format("several customers have the id or name `{}`, so that the legacy's costs are nobody's: "
                    "give one of them this external id",
                    excerpt(name)));
  }
  return notices;
}

}  // namespace apportion
