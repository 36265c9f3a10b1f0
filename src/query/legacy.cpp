#include "query/legacy.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "engine/row_values.h"
#include "foundation/base/check.h"
#include "foundation/base/guid.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "query/imported_invoices.h"
#include "query/legacy_customers.sql.h"
#include "store/tenant_periods.h"

namespace apportion {
namespace {

struct LegacyImports {
  InvoiceFileKind kind = InvoiceFileKind::kBill;
  std::vector<Import> imports;       // by month
  std::vector<BillColumns> columns;  // of bills: of each import
};

Error no_legacy(const ReadScope& scope, std::optional<InvoiceFileKind> kind) {
  std::string months = "any month";
  if (scope.first_month || scope.last_month) {
    months = fmt::format("{}..{}", scope.first_month ? scope.first_month->to_string() : "",
                         scope.last_month ? scope.last_month->to_string() : "");
  }
  return {ErrorId::kNoLegacyBill, "there is no bill of the legacy method to compare with", months,
          kind ? fmt::format("no {} of these months has been imported", invoice_file_kind_name(*kind))
               : "neither a bill nor lines of invoices of these months have been imported",
          "import what the legacy method showed: " + step(Step::kImportLegacyBill)};
}

Result<LegacyImports> legacy_imports(const ControlPlane& control_plane, const ReadScope& scope,
                                     std::optional<InvoiceFileKind> kind) {
  APPORTION_ASSIGN(std::vector<Import> imports, imports_of_lines(control_plane, scope));
  std::erase_if(imports, [&scope](const Import& import) { return !scope.has_month(import.month); });
  LegacyImports found;
  for (const InvoiceFileKind one :
       {InvoiceFileKind::kBill, InvoiceFileKind::kReconciliation, InvoiceFileKind::kDailyUsage}) {
    if (kind && *kind != one) continue;
    found.kind = one;
    std::ranges::copy_if(imports, std::back_inserter(found.imports),
                         [one](const Import& import) { return kind_of(import.dataset) == one; });
    if (!found.imports.empty()) break;
  }
  if (found.imports.empty()) return no_legacy(scope, kind);
  std::ranges::sort(found.imports, {}, [](const Import& import) { return std::pair(import.month, import.id); });
  if (found.kind != InvoiceFileKind::kBill) return found;
  for (const Import& import : found.imports) {
    APPORTION_ASSIGN(BillColumns columns, parse_bill_columns(import.layout, fmt::format("import {}", import.id.raw())));
    found.columns.push_back(std::move(columns));
  }
  return found;
}

// What all bills have the same of.
std::optional<BillField> common_field(const std::vector<BillColumns>& columns,
                                      std::optional<BillField> (BillColumns::*field)() const) {
  std::optional<BillField> common = (columns.front().*field)();
  for (const BillColumns& one : columns) {
    if ((one.*field)() != common) return std::nullopt;
  }
  return common;
}

// What other cells say of a customer.
struct CustomerCells {
  std::string name;
  std::string domain;
};

CustomerCells cells_of(const std::string& others, const std::string& name_column, const std::string& domain_column) {
  CustomerCells cells;
  const auto json = nlohmann::json::parse(others, nullptr, false);
  if (!json.is_object()) return cells;
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string()) continue;
    if (ascii_equal_ignoring_case(key, name_column)) cells.name = trim(value.get_ref<const std::string&>());
    if (ascii_equal_ignoring_case(key, domain_column)) cells.domain = trim(value.get_ref<const std::string&>());
  }
  return cells;
}

class CustomersReader {
 public:
  CustomersReader(LakeReader& reader, const LegacyImports& imports) : reader_(reader), imports_(imports) {}

  Result<std::vector<LegacyCustomer>> read() {
    for (std::size_t i = 0; i < imports_.imports.size(); ++i) APPORTION_TRY(read_import(i));
    std::vector<LegacyCustomer> customers;
    for (auto& [text, customer] : customers_) customers.push_back(std::move(customer));
    return customers;
  }

 private:
  Result<void> read_import(std::size_t at) {
    const Import& import = imports_.imports[at];
    const bool is_bill = imports_.kind == InvoiceFileKind::kBill;
    const std::string name_column = is_bill ? imports_.columns[at].column(BillField::kCustomer) : "CustomerName";
    const std::string domain_column = is_bill ? imports_.columns[at].column(BillField::kDomain) : "CustomerDomainName";
    const bool has_subscriptions =
        is_bill ? imports_.columns[at].has(BillField::kSubscription) : imports_.kind == InvoiceFileKind::kDailyUsage;
    std::vector<LakeFile> files;
    for (const ImportFile& file : import.files) files.push_back(file.file);
    if (files.empty()) return ok();
    APPORTION_ASSIGN(const std::string lines, reader_.lake().rows_of(reader_.scratch(), files));
    const std::string statement = fmt::format(fmt::runtime(sql::kLegacyCustomersSql), fmt::arg("lines", lines));
    return reader_.engine().query(statement, {}, [&](const EngineRow& row) -> Result<void> {
      const std::string shown = text_at(row, 0);
      if (shown.empty()) return ok();
      const auto [entry, is_new] = customers_.try_emplace(
          ascii_lower(shown), LegacyCustomer{ascii_lower(shown), shown, {}, import.month, import.month, {}});
      LegacyCustomer& customer = entry->second;
      customer.first_month = std::min(customer.first_month, import.month);
      customer.last_month = std::max(customer.last_month, import.month);
      CustomerCells cells = cells_of(text_at(row, 2), name_column, domain_column);
      if (!cells.name.empty()) customer.name = std::move(cells.name);
      if (!cells.domain.empty()) customer.domain = std::move(cells.domain);
      if (has_subscriptions && !row.is_null(1)) customer.subscriptions.insert(ascii_lower(row.text(1)));
      return ok();
    });
  }

  LakeReader& reader_;
  const LegacyImports& imports_;
  std::map<std::string, LegacyCustomer> customers_;
};

}  // namespace

std::set<Month> Legacy::months() const {
  std::set<Month> months;
  for (const LegacyLines& one : lines) months.insert(one.month);
  return months;
}

std::string LegacyCustomer::tenant() const { return is_guid(text) ? text : std::string(); }

Result<Legacy> legacy_lines(LakeReader& reader, const ReadScope& scope, std::optional<InvoiceFileKind> kind) {
  APPORTION_TRY(require_partner(scope, "what the legacy method billed"));
  APPORTION_ASSIGN(const LegacyImports found, legacy_imports(reader.control_plane(), scope, kind));
  Legacy legacy;
  legacy.kind = found.kind;
  if (found.kind == InvoiceFileKind::kBill) {
    legacy.subscription = common_field(found.columns, &BillColumns::subscription_field);
    legacy.product = common_field(found.columns, &BillColumns::product_field);
  } else {
    legacy.subscription = BillField::kSubscription;
    legacy.product = BillField::kProduct;
  }
  APPORTION_ASSIGN(auto lines, lines_of_imports(reader, scope, found.imports));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const Decimal rounding = found.columns.empty() ? Decimal() : found.columns[i].rounding_of_line();
    legacy.lines.push_back({found.imports[i].month, std::move(lines[i]), rounding});
  }
  return legacy;
}

Result<std::vector<LegacyCustomer>> legacy_customers(LakeReader& reader, const ReadScope& scope,
                                                     std::optional<InvoiceFileKind> kind) {
  APPORTION_TRY(require_partner(scope, "the customers of the legacy method"));
  APPORTION_ASSIGN(const LegacyImports found, legacy_imports(reader.control_plane(), scope, kind));
  return CustomersReader(reader, found).read();
}

LegacyCustomerFinder::LegacyCustomerFinder(const std::vector<Customer>& customers) {
  const std::vector<HeldTenants> held = held_tenants(customers);
  for (std::size_t i = 0; i < customers.size(); ++i) {
    const Customer& customer = customers[i];
    by_id_[fold_case(customer.id.raw())].insert(customer.id);
    if (!customer.external_id.empty()) by_external_id_[fold_case(customer.external_id)].insert(customer.id);
    by_name_[fold_case(customer.name)].insert(customer.id);
    for (const std::string& tenant : held[i].always) {
      by_tenant_[ascii_lower(tenant)].push_back({std::nullopt, std::nullopt, customer.id});
    }
    for (const TenantPeriod& period : held[i].periods) {
      by_tenant_[ascii_lower(period.tenant)].push_back({period.from, period.until, customer.id});
    }
  }
}

const std::set<CustomerId>* LegacyCustomerFinder::named(std::string_view text) const {
  const std::string folded = fold_case(text);
  for (const auto* texts : {&by_id_, &by_external_id_, &by_name_}) {
    const auto found = texts->find(folded);
    if (found != texts->end()) return &found->second;
  }
  return nullptr;
}

std::optional<CustomerId> LegacyCustomerFinder::find(std::string_view text, Month month) const {
  if (text.empty() || is_guid(text)) return owner_of(text, month);
  const std::set<CustomerId>* found = named(text);
  if (found == nullptr || found->size() != 1) return std::nullopt;
  return *found->begin();
}

std::int64_t LegacyCustomerFinder::count_of(std::string_view text) const {
  const std::set<CustomerId>* found = named(text);
  return found == nullptr ? 0 : static_cast<std::int64_t>(found->size());
}

CustomerId LegacyCustomerFinder::owner_of(std::string_view tenant, Month month) const {
  const auto found = by_tenant_.find(ascii_lower(tenant));
  if (found == by_tenant_.end()) return CustomerId(std::string(kUnassignedCustomerId));
  const Day day = month.last_day();
  for (const Period& period : found->second) {
    if ((!period.from || *period.from <= day) && (!period.until || day <= *period.until)) return period.customer;
  }
  return CustomerId(std::string(kUnassignedCustomerId));
}

}  // namespace apportion
