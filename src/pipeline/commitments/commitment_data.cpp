#include "pipeline/commitments/commitment_data.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/row_values.h"
#include "foundation/base/text.h"
#include "foundation/model/ids.h"
#include "foundation/money/ratio.h"
#include "pipeline/commitments/cash_rows.sql.h"
#include "pipeline/commitments/commitment_rows.sql.h"
#include "pipeline/commitments/details_known.sql.h"
#include "pipeline/commitments/known_commitments.sql.h"
#include "pipeline/commitments/plan_days.sql.h"
#include "pipeline/commitments/transactions_known.sql.h"

namespace apportion {
namespace {

using enum CommitmentField;

constexpr std::string_view kReservationPath = "/providers/microsoft.capacity/reservationorders/";
constexpr std::string_view kSavingsPlanPath = "/providers/microsoft.billingbenefits/savingsplanorders/";
constexpr std::int64_t kHoursOfDay = 24;

std::string plain(const std::optional<Decimal>& value) { return value ? value->to_string() : std::string(); }

CommitmentKind kind_of(std::string_view text) {
  if (ascii_equal_ignoring_case(text, "Reservation")) return CommitmentKind::kReservation;
  const bool is_plan =
      ascii_equal_ignoring_case(text, "Savings Plan") || ascii_equal_ignoring_case(text, "SavingsPlan");
  return is_plan ? CommitmentKind::kSavingsPlan : CommitmentKind::kUnknown;
}

// What charges tell of one commitment by using or wasting it.
struct Activity {
  std::optional<Day> first;
  std::optional<Day> last;
  std::set<std::string> bill_sources;
  std::string holder;  // of what is unused, newest last
  std::string holder_tenant;
  std::optional<Decimal> cost_of_day;  // savings plans: of the dearest day
  std::string cost_currency;
  std::int64_t term = 0;
};

std::string buyer_text(const std::string& customer, bool is_of_partner, const std::string& tenant_name,
                       const std::string& tenant_id) {
  if (!customer.empty() && customer != kUnassignedCustomerId) return customer;
  if (is_of_partner) return "partner";
  return tenant_name.empty() ? tenant_id : tenant_name;
}

// Term of a transaction, `P1Y` or `12`, as months.
std::string months_of_term(std::string_view text) {
  const std::string term = ascii_lower(trim(text));
  if (term.empty()) return {};
  std::int64_t number = 0;
  for (const char c : term) {
    if (c >= '0' && c <= '9') number = number * 10 + (c - '0');
    if (number > 1200) return {};
  }
  const bool in_years = term.find('y') != std::string::npos;
  return number == 0 ? std::string() : std::to_string(in_years ? number * 12 : number);
}

class DataReader {
 public:
  DataReader(QueryEngine& engine, std::span<const CoveredMonth> months, std::span<const CommitmentFact> facts,
             Day today)
      : engine_(engine), months_(months), facts_(facts), today_(today) {}

  Result<CommitmentData> read() {
    APPORTION_TRY(read_known());
    APPORTION_TRY(read_cash());
    APPORTION_TRY(read_transactions());
    APPORTION_TRY(read_details());
    APPORTION_TRY(read_plan_days());
    for (const CommitmentFact& fact : facts_) {
      data_.keys.learn(fact.id);
      inventory_.add(fact);
    }
    resolve_keys();
    add_facts_of_charges();
    data_.commitments = inventory_.commitments();
    for (Commitment& commitment : data_.commitments) complete(commitment);
    for (std::size_t i = 0; i < data_.commitments.size(); ++i) data_.places.emplace(data_.commitments[i].key, i);
    return std::move(data_);
  }

 private:
  Result<void> read_known() {
    return engine_.query(sql::kKnownCommitmentsSql, {}, [&](const EngineRow& row) {
      const std::string id = commitment_id_text(row.text(0), row.text(1), row.text(2), row.text(3));
      if (id.empty()) return ok();
      data_.keys.learn(id);
      known_.push_back({id, std::string(row.text(3)), std::string(row.text(4)), std::string(row.text(6)),
                        std::string(row.text(7)), std::string(row.text(8)), std::string(row.text(9)),
                        row.integer(10) != 0, row.day(11), row.day(12), row.is_null(13) ? 0 : row.integer(13)});
      inventory_.add_name(id, row.text(5), row.day(11), row.day(12));
      return ok();
    });
  }

  Result<void> read_cash() {
    return engine_.query(sql::kCashRowsSql, {}, [&](const EngineRow& row) {
      const std::int64_t id = row.integer(4);
      const auto known = cash_places_.find(id);
      if (known != cash_places_.end()) {
        data_.cash[known->second].billed += row.decimal(11);
        data_.cash[known->second].customers.emplace_back(row.text(16));
        return ok();
      }
      cash_places_.emplace(id, data_.cash.size());
      CashRow cash;
      cash.id_text = commitment_id_text(row.text(0), row.text(1), row.text(2), row.text(3));
      cash.kind = kind_of(row.text(3));
      cash.row_id = id;
      cash.bill_source = row.text(5);
      cash.month = Month::parse(row.text(6)).value_or(cash.month);
      cash.is_refund = row.integer(7) != 0;
      cash.is_one_time = row.text(8) == "One-Time";
      cash.day = row.day(9);
      cash.currency = row.text(10);
      cash.billed = row.decimal(11);
      cash.pricing_currency = row.text(12);
      cash.pricing_cost = decimal_at(row, 13);
      cash.quantity = decimal_at(row, 14);
      cash.term_months = row.is_null(15) ? 0 : row.integer(15);
      cash.customers.emplace_back(row.text(16));
      cash.tenant_id = row.text(17);
      cash.tenant_name = row.text(18);
      cash.is_of_partner = row.integer(19) != 0;
      cash.region = row.text(20);
      cash.description = row.text(21);
      data_.keys.learn(cash.id_text);
      data_.cash.push_back(std::move(cash));
      return ok();
    });
  }

  Result<void> read_transactions() {
    return engine_.query(sql::kTransactionsKnownSql, {}, [&](const EngineRow& row) {
      TransactionRow transaction;
      transaction.key = std::string(kReservationPath) + std::string(row.text(0));
      transaction.event = row.text(1);
      transaction.day = row.day(2);
      transaction.amount = row.decimal(3);
      transaction.currency = row.text(4);
      transaction.quantity = decimal_at(row, 5);
      transaction.sku = row.text(6);
      transaction.region = row.text(7);
      transaction.term = months_of_term(row.text(8));
      transaction.frequency = row.text(9);
      transaction.order_name = row.text(10);
      transaction.description = row.text(11);
      transaction.bill_source = row.text(12);
      transaction.month = row.text(13);
      transaction.invoice = row.text(14);
      const bool is_purchase = ascii_lower(transaction.event).find("purchase") != std::string::npos;
      const bool is_recurring = ascii_equal_ignoring_case(transaction.frequency, "Recurring");
      CommitmentFact fact{CommitmentSource::kTransactions, transaction.key, {}, transaction.day};
      fact.values = {{kSku, transaction.sku}, {kRegion, transaction.region}, {kTermMonths, transaction.term}};
      if (is_purchase) {
        fact.values.emplace_back(kBillingPlan, is_recurring ? "monthly" : "upfront");
        fact.values.emplace_back(kPrice, transaction.amount.to_string());
        fact.values.emplace_back(kPriceCurrency, transaction.currency);
        if (!is_recurring) fact.values.emplace_back(kPurchaseDay, transaction.day.to_string());
      }
      inventory_.add(std::move(fact));
      data_.transactions.push_back(std::move(transaction));
      return ok();
    });
  }

  Result<void> read_details() {
    return engine_.query(sql::kDetailsKnownSql, {}, [&](const EngineRow& row) {
      const std::string id =
          fmt::format("{}{}/reservations/{}", kReservationPath, std::string(row.text(0)), std::string(row.text(1)));
      data_.keys.learn(id);
      inventory_.add({CommitmentSource::kDetails,
                      id,
                      {{kSku, text_at(row, 2)}, {kQuantity, plain(decimal_at(row, 3))}},
                      row.day(4)});
      return ok();
    });
  }

  Result<void> read_plan_days() {
    return engine_.query(sql::kPlanDaysSql, {}, [&](const EngineRow& row) {
      if (row.integer(5) != 0 || row.is_null(4)) return ok();
      plan_days_.push_back(
          {commitment_id_text(row.text(0), row.text(1), "", "Savings Plan"), std::string(row.text(2)), row.decimal(4)});
      return ok();
    });
  }

  // All ids are learnt: rows that name an order only find their commitment now.
  void resolve_keys() {
    for (CashRow& cash : data_.cash) cash.key = data_.keys.key_of(cash.id_text);
    for (TransactionRow& transaction : data_.transactions) transaction.key = data_.keys.key_of(transaction.key);
    for (const Known& known : known_) {
      Activity& activity = activities_[data_.keys.key_of(known.id_text)];
      activity.bill_sources.insert(known.bill_source);
      activity.term = std::max(activity.term, known.term);
      if (known.part != "used" && known.part != "unused") continue;
      activity.first = std::min(activity.first.value_or(known.first), known.first);
      activity.last = std::max(activity.last.value_or(known.last), known.last);
      if (known.part != "unused") continue;
      activity.holder =
          buyer_text(known.holder, known.is_held_by_partner, known.holder_tenant_name, known.holder_tenant);
      activity.holder_tenant = known.holder_tenant;
    }
    for (const PlanDay& day : plan_days_) {
      Activity& activity = activities_[data_.keys.key_of(day.id_text)];
      if (activity.cost_of_day && *activity.cost_of_day >= day.cost) continue;
      activity.cost_of_day = day.cost;
      activity.cost_currency = day.currency;
    }
  }

  void add_facts_of_charges() {
    for (const Known& known : known_) {
      CommitmentFact fact{CommitmentSource::kCharges, known.id_text, {}, known.last};
      fact.values.emplace_back(kKind, std::string(commitment_kind_name(kind_of(known.kind))));
      if (known.term > 0) fact.values.emplace_back(kTermMonths, std::to_string(known.term));
      inventory_.add(std::move(fact));
    }
    std::map<std::string, std::vector<const CashRow*>> by_key;
    for (const CashRow& cash : data_.cash) by_key[cash.key].push_back(&cash);
    for (const auto& [key, rows] : by_key) add_facts_of_cash(rows);
    for (const auto& [key, activity] : activities_) {
      if (activity.holder.empty()) continue;
      inventory_.add({CommitmentSource::kCharges,
                      key,
                      {{kBuyer, activity.holder}, {kBuyerTenantId, activity.holder_tenant}},
                      std::nullopt});
    }
  }

  void add_facts_of_cash(const std::vector<const CashRow*>& rows) {
    for (const CashRow* cash : rows) {
      CommitmentFact fact{CommitmentSource::kCharges, cash->id_text, {}, cash->day};
      fact.values.emplace_back(kRegion, cash->region);
      if (cash->term_months > 0) fact.values.emplace_back(kTermMonths, std::to_string(cash->term_months));
      if (!cash->is_refund) {
        const std::string& customer = cash->customers.front();
        const std::string buyer = cash->customers.size() > 1
                                      ? fmt::format("{}", fmt::join(cash->customers, ", "))
                                      : buyer_text(customer, cash->is_of_partner, cash->tenant_name, cash->tenant_id);
        fact.values.emplace_back(kBuyer, buyer);
        fact.values.emplace_back(kBuyerTenantId, cash->tenant_id);
        fact.values.emplace_back(kBillingPlan, cash->is_one_time ? "upfront" : "monthly");
        fact.values.emplace_back(kPrice, cash->billed.to_string());
        fact.values.emplace_back(kPriceCurrency, cash->currency);
      }
      inventory_.add(std::move(fact));
    }
    add_quantity(rows);
    add_purchase_day(rows);
    add_exchange(rows);
  }

  // What was bought less what was given back; of monthly payments the last one counts.
  void add_quantity(const std::vector<const CashRow*>& rows) {
    if (rows.front()->kind != CommitmentKind::kReservation) return;
    std::optional<Decimal> quantity;
    for (const CashRow* cash : rows) {
      if (!cash->quantity) continue;
      const Decimal size = cash->quantity->is_negative() ? cash->quantity->negated() : *cash->quantity;
      const bool is_added = cash->is_one_time || cash->is_refund;
      const Decimal change = cash->is_refund ? size.negated() : size;
      quantity = is_added && quantity ? *quantity + change : change;
    }
    if (!quantity || quantity->is_negative()) return;
    inventory_.add(
        {CommitmentSource::kCharges, rows.front()->id_text, {{kQuantity, quantity->to_string()}}, rows.back()->day});
  }

  // The first payment that is seen is the purchase when the month before was looked at and has nothing of it.
  void add_purchase_day(const std::vector<const CashRow*>& rows) {
    const auto first = std::ranges::find_if(rows, [](const CashRow* cash) { return !cash->is_refund; });
    if (first == rows.end()) return;
    const CashRow& cash = **first;
    const auto activity = activities_.find(cash.key);
    const bool was_used_before = activity != activities_.end() && activity->second.first &&
                                 *activity->second.first < cash.day && !cash.is_one_time;
    const bool is_sure = cash.is_one_time || (is_covered(cash.bill_source, cash.month.plus_months(-1)));
    if (!is_sure || was_used_before) return;
    inventory_.add({CommitmentSource::kCharges, cash.id_text, {{kPurchaseDay, cash.day.to_string()}}, cash.day});
  }

  bool is_covered(const std::string& bill_source, Month month) const {
    return std::ranges::any_of(months_, [&](const CoveredMonth& covered) {
      return covered.bill_source == bill_source && covered.month == month;
    });
  }

  // A return and a purchase by the same tenant on the same day are an exchange.
  void add_exchange(const std::vector<const CashRow*>& rows) {
    for (const CashRow* refund : rows) {
      if (!refund->is_refund) continue;
      std::set<std::string> bought;
      for (const CashRow& other : data_.cash) {
        if (other.is_refund || other.key == refund->key || other.day != refund->day ||
            other.tenant_id != refund->tenant_id || other.bill_source != refund->bill_source)
          continue;
        if (first_payment(other)) bought.insert(other.key);
      }
      if (bought.empty()) continue;
      inventory_.add({CommitmentSource::kCharges,
                      refund->id_text,
                      {{kExchangedFor, fmt::format("{}", fmt::join(bought, ", "))}},
                      refund->day});
    }
  }

  bool first_payment(const CashRow& cash) const {
    return std::ranges::none_of(data_.cash, [&](const CashRow& other) {
      return other.key == cash.key && !other.is_refund && other.day < cash.day;
    });
  }

  // What follows from the facts, where no source says it.
  void complete(Commitment& commitment) {
    const auto derive = [&commitment](CommitmentField field, std::string value, CommitmentSource source) {
      if (!value.empty()) commitment.fields.try_emplace(field, FieldValue{std::move(value), source, {}});
    };
    const auto source_of = [&commitment](CommitmentField field) { return commitment.fields.at(field).source; };
    if (commitment.day(kPurchaseDay))
      derive(kStartDay, std::string(commitment.value(kPurchaseDay)), source_of(kPurchaseDay));
    const auto start = commitment.day(kStartDay);
    const auto term = commitment.decimal(kTermMonths);
    if (start && term) {
      const auto months = static_cast<std::int64_t>(term->units() / Decimal::kUnitsPerOne);
      derive(kExpiryDay, plus_calendar_months(*start, months).to_string(), source_of(kStartDay));
    }
    const auto activity = activities_.find(commitment.key);
    if (activity != activities_.end() && activity->second.cost_of_day) {
      derive(kHourlyCommitment, divided_by(*activity->second.cost_of_day, kHoursOfDay).to_string(),
             CommitmentSource::kCharges);
      derive(kHourlyCurrency, activity->second.cost_currency, CommitmentSource::kCharges);
    }
    const auto payment =
        std::ranges::find_if(data_.cash, [&](const CashRow& cash) { return cash.key == commitment.key; });
    if (payment != data_.cash.end()) derive(kSku, payment->description, CommitmentSource::kCharges);
    derive(kState, state_of(commitment), CommitmentSource::kCharges);
  }

  std::string state_of(const Commitment& commitment) const {
    std::optional<Day> refunded;
    for (const CashRow& cash : data_.cash) {
      if (cash.key == commitment.key && cash.is_refund) refunded = std::max(refunded.value_or(cash.day), cash.day);
    }
    const auto found = activities_.find(commitment.key);
    const std::optional<Day> last = found == activities_.end() ? std::nullopt : found->second.last;
    if (refunded) return last && *last > *refunded ? "partly returned" : "returned";
    const auto expiry = commitment.day(kExpiryDay);
    if (expiry && *expiry <= today_) return "expired";
    return last || expiry ? "active" : "";
  }

  struct Known {
    std::string id_text, kind, part, bill_source, holder, holder_tenant, holder_tenant_name;
    bool is_held_by_partner;
    Day first, last;
    std::int64_t term;
  };
  struct PlanDay {
    std::string id_text, currency;
    Decimal cost;
  };

  QueryEngine& engine_;
  std::span<const CoveredMonth> months_;
  std::span<const CommitmentFact> facts_;
  Day today_;
  CommitmentData data_;
  Inventory inventory_;
  std::vector<Known> known_;
  std::vector<PlanDay> plan_days_;
  std::map<std::int64_t, std::size_t> cash_places_;
  std::map<std::string, Activity> activities_;  // by key
};

}  // namespace

const Commitment* CommitmentData::find(const std::string& key) const {
  const auto place = places.find(key);
  return place == places.end() ? nullptr : &commitments[place->second];
}

std::string commitment_id_text(std::string_view id, std::string_view reservation, std::string_view product_order,
                               std::string_view kind) {
  const CommitmentIds ids = parse_commitment_id(id);
  if (!ids.id.empty()) return std::string(id);
  if (!reservation.empty()) {
    if (ids.order.empty()) return std::string(reservation);
    return fmt::format("{}{}/reservations/{}", kReservationPath, ids.order, reservation);
  }
  if (!ids.order.empty()) return std::string(id);
  if (product_order.empty()) return {};
  const bool is_plan = kind_of(kind) == CommitmentKind::kSavingsPlan;
  return fmt::format("{}{}", is_plan ? kSavingsPlanPath : kReservationPath, product_order);
}

Result<void> open_commitment_views(Workbench& engine) {
  const auto rows_of = [](std::string_view relation, std::string_view assignment) {
    return fmt::format(fmt::runtime(sql::kCommitmentRowsSql), fmt::arg("relation", relation),
                       fmt::arg("assignment", assignment));
  };
  APPORTION_TRY(engine.make_view("commitment_parts", rows_of("assigned_charges", "c.CustomerId, c.x_AssignmentKind,")));
  return engine.make_view("commitment_charges", rows_of("charges", ""));
}

Result<CommitmentData> read_commitment_data(QueryEngine& engine, std::span<const CoveredMonth> months,
                                            std::span<const CommitmentFact> facts, Day today) {
  return DataReader(engine, months, facts, today).read();
}

Day plus_calendar_months(Day day, std::int64_t months) {
  const Month target = Month::of(day).plus_months(static_cast<int>(months));
  const int of_month = std::min(day.day_of_month(), target.last_day().day_of_month());
  return target.first_day().plus_days(of_month - 1);
}

}  // namespace apportion
