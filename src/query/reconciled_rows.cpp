// How charges and lines are added to what they are compared by.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "engine/row_values.h"
#include "foundation/base/text.h"
#include "foundation/money/ratio.h"
#include "pipeline/invoices/invoice_rounding.h"
#include "query/reconciled_account_internal.h"

namespace apportion {
namespace {

AmountNature nature_of(const InvoiceLine& line) {
  const std::string type = ascii_lower(line.charge_type);
  if (!line.credit_reason.empty() || type.find("credit") != std::string::npos ||
      type.find("refund") != std::string::npos) {
    return AmountNature::kCredit;
  }
  if (!line.reservation_order.empty()) return AmountNature::kCommitment;
  if (!line.publisher.empty() && !ascii_lower(line.publisher).starts_with("microsoft")) {
    return AmountNature::kMarketplace;
  }
  return line.term.empty() ? AmountNature::kPlain : AmountNature::kSubscription;
}

AmountNature nature_of_charge(const EngineRow& row, InvoiceFileKind kind) {
  const std::string category = text_at(row, 9);
  const std::string model = ascii_lower(text_at(row, 12));
  if (category == "Credit" || ascii_equal_ignoring_case(text_at(row, 10), "refund")) return AmountNature::kCredit;
  if (category == "Tax") return AmountNature::kTax;
  if (category == "Adjustment") return AmountNature::kRounding;
  if (kind == InvoiceFileKind::kReconciliation) return AmountNature::kPlain;
  const bool is_commitment = !row.is_null(11) || model == "reservation" || model == "savingsplan";
  if (is_commitment) return AmountNature::kCommitment;
  if (ascii_equal_ignoring_case(text_at(row, 13), "marketplace")) return AmountNature::kMarketplace;
  return category == "Purchase" ? AmountNature::kSubscription : AmountNature::kPlain;
}

void add_partner_credit(const ChargeGroup& group, ReconciledAccount& account) {
  if (!group.credit_rate || group.credit_rate->is_zero()) return;
  if (!group.credit_applied) {
    const DecimalProduct credit = multiply(group.cost, *group.credit_rate);
    if (!credit.overflow) account.credit_not_in_charges += credit.value;
    return;
  }
  const Decimal kept = Decimal::from_integer(1) - *group.credit_rate;
  if (kept.is_zero()) return;
  if (const auto before = at_rate(group.cost, kept)) account.credit_in_charges += *before - group.cost;
}

}  // namespace

ChargeGroup charge_group(const EngineRow& row, InvoiceFileKind kind) {
  ChargeGroup group;
  group.invoice = text_at(row, 0);
  group.currency = text_at(row, 1);
  group.customer = ascii_lower(text_at(row, 2));
  group.subscription = ascii_lower(text_at(row, 3));
  group.product = product_key(text_at(row, 4));
  if (!row.is_null(5)) group.day = row.day(5);
  group.meter = ascii_lower(text_at(row, 6));
  group.resource = ascii_lower(text_at(row, 7));
  group.cost_of_row = decimal_at(row, 8);
  group.nature = nature_of_charge(row, kind);
  group.credit_rate = decimal_at(row, 14);
  group.credit_applied = ascii_equal_ignoring_case(text_at(row, 15), "true");
  group.exchange_rate = decimal_at(row, 16);
  group.partner = ascii_lower(text_at(row, 17));
  group.rows = row.integer(18);
  group.cost = row.decimal(19);
  group.in_pricing_currency = decimal_at(row, 20);
  group.first_row = row.integer(21);
  return group;
}

void add_charges(const ChargeGroup& group, ReconciledAccount& account) {
  account.charges.add(group.cost, group.rows);
  account.charges.rate.add(group.exchange_rate);
  AmountsOfNature& of_nature = account.of(group.nature);
  of_nature.charges += group.cost;
  of_nature.in_pricing_currency += group.in_pricing_currency.value_or(Decimal());
  if (group.cost_of_row && (group.rows > 1 || !account.lines.equal_rows.empty())) {
    account.charges.equal_rows.push_back({group.day, *group.cost_of_row, *group.cost_of_row, group.rows});
  }
  add_partner_credit(group, account);
  if (!account.first_row || group.first_row < *account.first_row) account.first_row = group.first_row;
}

void add_line(const InvoiceLine& line, std::size_t source, bool is_doubled, ReconciledAccount& account) {
  account.lines.add(line.amount, 1);
  account.lines.rate.add(line.exchange_rate);
  account.tax += line.tax;
  const Decimal taken = taken_by_rounding(line).value_or(Decimal());
  AmountsOfNature& of_nature = account.of(nature_of(line));
  of_nature.lines += line.amount;
  of_nature.taken_by_rounding += taken;
  if (is_doubled) account.lines.equal_rows.push_back({line.day, line.amount + taken, line.amount, 1});
  const std::pair place(source, line.place);
  if (!account.first_line.empty() && account.first_place <= place) return;
  account.first_place = place;
  account.first_line = fmt::format("{}:{}", line.file, line.line);
}

}  // namespace apportion
