/// What the legacy method said of the costs of customers: imported bills of another program, or Microsoft's lines of
/// invoices. And whom of the customers here it meant.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "lake/lake_reader.h"
#include "pipeline/invoices/bill_columns.h"
#include "pipeline/invoices/invoice_file.h"
#include "store/control_plane.h"

namespace apportion {

/// The lines of an import.
struct LegacyLines {
  Month month;
  InvoiceLines lines;
  Decimal rounding;  ///< The most that rounding changed a line, as somebody said when it was imported.
};

struct Legacy {
  InvoiceFileKind kind = InvoiceFileKind::kBill;
  /// Of bills: what subscriptions and products are, where all of the bills have the same; nothing where charges can
  /// only be compared without them. Microsoft's lines have ids of both.
  std::optional<BillField> subscription;
  std::optional<BillField> product;
  std::vector<LegacyLines> lines;  ///< By month. Read by the reader, which must outlive them.

  std::set<Month> months() const;
};

/// A customer as the legacy names it.
struct LegacyCustomer {
  std::string text;    ///< Lower case, as lines have it: a tenant, or what a bill calls it.
  std::string name;    ///< As it was written; the text where there is no other.
  std::string domain;  ///< Empty if unknown.
  Month first_month;
  Month last_month;
  std::set<std::string> subscriptions;  ///< Of Azure, lower case, where lines have ids of them.

  /// Empty if the text is none.
  std::string tenant() const;
};

/// The imports in force of the months in scope: bills if there are any, or else Microsoft's lines, reconciliations
/// before daily usage; of `kind` if it is named. For the partner. Errors: kNoLegacyBill.
Result<Legacy> legacy_lines(LakeReader& reader, const ReadScope& scope, std::optional<InvoiceFileKind> kind);

/// The customers that they bill, by text. For the partner. Errors: as above.
Result<std::vector<LegacyCustomer>> legacy_customers(LakeReader& reader, const ReadScope& scope,
                                                     std::optional<InvoiceFileKind> kind);

/// Finds the customer that a text of the legacy means: by tenant, or else by id, external id, or name, ignoring case,
/// and only where one customer alone has it.
class LegacyCustomerFinder {
 public:
  explicit LegacyCustomerFinder(const std::vector<Customer>& customers);

  /// Nothing for nobody, and for several. Tenants are looked up on the last day of the month; one that belongs to
  /// nobody, and no text at all, is `unassigned`.
  std::optional<CustomerId> find(std::string_view text, Month month) const;
  /// How many customers have this external id or name.
  std::int64_t count_of(std::string_view text) const;
  /// The customer with a tenant on the last day of the month; `unassigned` if there is none.
  CustomerId owner_of(std::string_view tenant, Month month) const;

 private:
  struct Period {
    std::optional<Day> from;
    std::optional<Day> until;
    CustomerId customer;
  };
  const std::set<CustomerId>* named(std::string_view text) const;

  std::unordered_map<std::string, std::vector<Period>> by_tenant_;
  std::unordered_map<std::string, std::set<CustomerId>> by_id_;  // these are by folded texts
  std::unordered_map<std::string, std::set<CustomerId>> by_external_id_;
  std::unordered_map<std::string, std::set<CustomerId>> by_name_;
};

}  // namespace apportion
