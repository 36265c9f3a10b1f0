#include "query/explain.h"

#include <algorithm>
#include <charconv>
#include <ostream>

#include <fmt/format.h>

#include "foundation/base/check.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/model/charge_columns.h"
#include "lake/column_lists.h"
#include "lake/import_rows.h"
#include "query/amount_changes.h"
#include "query/explain_assignments.sql.h"
#include "query/explain_charge.sql.h"
#include "query/explain_customer.sql.h"
#include "query/published_view_internal.h"
#include "query/row_cells_internal.h"

namespace apportion {
namespace {

constexpr std::int64_t kImportMax = (std::int64_t{1} << (63 - RowId::kOrdinalBits)) - 1;
constexpr std::int64_t kOrdinalMax = (std::int64_t{1} << RowId::kOrdinalBits) - 1;

std::optional<std::int64_t> whole_number(std::string_view text, std::int64_t max) {
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = read.ec == std::errc() && read.ptr == text.data() + text.size();
  return is_whole && number >= 0 && number <= max ? std::optional(number) : std::nullopt;
}

std::string rule_name(const std::vector<std::string>& names, std::int64_t number) {
  const auto index = static_cast<std::size_t>(number);
  return index < names.size() ? names[index] : std::string();
}

std::vector<std::string> changes_in(const std::string& text) {
  std::vector<std::string> changes;
  for (const std::string_view change : split_text(text, ';')) {
    if (!trim(change).empty()) changes.emplace_back(trim(change));
  }
  return changes;
}

// Looks where a row can be: in the published charges, in charge sets that were replaced, in the files of its import.
class RowFinder {
 public:
  RowFinder(LakeReader& reader, RowId row)
      : reader_(reader), control_plane_(reader.control_plane()), values_{row.stored()} {
    explanation_.row = row;
    std::string columns;
    for (const ChargeColumn& column : charge_columns()) {
      columns += fmt::format("{}{}", columns.empty() ? "" : ", ", sql_identifier(column.name));
    }
    columns_ = std::move(columns);
  }

  Result<RowExplanation> run() {
    APPORTION_ASSIGN(const std::vector<BillMonth> months, control_plane_.bill_months());
    APPORTION_ASSIGN(const bool is_carried, find_in_carries());
    if (is_carried) return std::move(explanation_);
    APPORTION_TRY(find_import(months));
    for (const BillMonth& month : months) {
      if (explanation_.import && !is_of_import(month)) continue;
      APPORTION_ASSIGN(const bool found, find_in_month(month));
      if (found) return std::move(explanation_);
    }
    APPORTION_ASSIGN(const bool found, find_in_import());
    if (found) return std::move(explanation_);
    if (removed_) return *std::move(removed_);
    return Error{ErrorId::kNoSuchRow, "there is no such row", row_id_text(explanation_.row),
                 "no charge set and no import holds it", "copy the id from x_RowId of a report or of the lake"};
  }

 private:
  // Balancing rows have an import id of their own that no import has.
  Result<void> find_import(const std::vector<BillMonth>& months) {
    for (const BillMonth& month : months) {
      if (explanation_.import) return ok();
      APPORTION_ASSIGN(const std::vector<Import> imports, control_plane_.imports(month.connection, month.month));
      const auto found = std::ranges::find(imports, explanation_.row.import(), &Import::id);
      if (found != imports.end()) explanation_.import = *found;
    }
    return ok();
  }

  bool is_of_import(const BillMonth& month) const {
    return month.connection == explanation_.import->connection && month.month == explanation_.import->month;
  }

  Result<bool> find_in_month(const BillMonth& month) {
    APPORTION_ASSIGN(const Connection connection, control_plane_.connection(month.connection));
    APPORTION_ASSIGN(std::vector<ChargeSet> sets, control_plane_.charge_sets(month.connection, month.month));
    const auto is_current = [&](const ChargeSet& set) { return month.charge_set == set.id; };
    std::stable_partition(sets.begin(), sets.end(), is_current);
    for (const ChargeSet& set : sets) {
      if (!explanation_.import && set.timing_rows == 0) continue;
      APPORTION_ASSIGN(const PublishedMonth published, month_with(control_plane_, connection, set));
      APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::of(control_plane_, ReadScope::of_partner(), {published}));
      APPORTION_ASSIGN(const bool is_kept, may_be_removed(reader_.open_relations(snapshot)));
      if (!is_kept) continue;
      APPORTION_ASSIGN(const bool found, read_row("charges"));
      if (!found) continue;
      explanation_.fate = is_current(set) ? RowFate::kCurrent : RowFate::kSuperseded;
      explanation_.connection = connection.name;
      explanation_.month = month.month;
      explanation_.charge_set = set.id;
      explanation_.split = published.split;
      APPORTION_TRY(read_assignments());
      return true;
    }
    return false;
  }

  // Whether files could be opened. Those that are not kept any more may have held the row: nobody knows.
  Result<bool> may_be_removed(const Result<void>& opened) {
    if (opened) return true;
    if (opened.error().id != ErrorId::kLakeFileRemoved) return opened.error();
    if (!removed_) removed_ = opened.error();
    return false;
  }

  Result<bool> find_in_carries() {
    APPORTION_ASSIGN(const std::vector<Carry> carries, control_plane_.carries());
    const auto carry = std::ranges::find(carries, explanation_.row.import(), &Carry::row_import);
    if (carry == carries.end()) return false;
    APPORTION_ASSIGN(const Connection connection, control_plane_.connection(carry->connection));
    APPORTION_ASSIGN(std::vector<PublishedMonth> months,
                     published_months(control_plane_, ReadScope::of_partner(connection.name, carry->to)));
    APPORTION_CHECK(months.size() == 1, "what is carried to a month stays with it");
    months.front().carried = {*carry};
    APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::of(control_plane_, ReadScope::of_partner(), std::move(months)));
    APPORTION_TRY(reader_.open_relations(snapshot));
    APPORTION_ASSIGN(const bool found, read_row("carried_changes"));
    if (!found) return false;
    explanation_.fate = carry->counts() ? RowFate::kCarried : RowFate::kUncarried;
    explanation_.connection = connection.name;
    explanation_.month = carry->to;
    explanation_.carry = *carry;
    APPORTION_TRY(read_assignments());
    return true;
  }

  Result<bool> find_in_import() {
    if (!explanation_.import) return false;
    for (const ImportFile& file : explanation_.import->files) {
      if (file.role == kStandInsFile || file.role == kStandInChargesFile) continue;
      const auto opened = reader_.open_charges("explain_file", std::span(&file.file, 1));
      APPORTION_ASSIGN(const bool found, find_in_file(opened, file.role));
      if (found) return true;
    }
    if (!has_stand_ins(*explanation_.import)) return false;
    const auto opened = open_stand_in_rows(reader_.scratch(), reader_.lake(), "explain_file", *explanation_.import);
    return find_in_file(opened, kMirrorFile);
  }

  Result<bool> find_in_file(const Result<void>& opened, std::string_view role) {
    APPORTION_ASSIGN(const bool is_kept, may_be_removed(opened));
    if (!is_kept) return false;
    APPORTION_ASSIGN(const bool found, read_row("explain_file"));
    if (!found) return false;
    APPORTION_ASSIGN(const Connection connection, control_plane_.connection(explanation_.import->connection));
    explanation_.fate = role == kMirrorFile ? RowFate::kRepeated : RowFate::kUnused;
    explanation_.connection = connection.name;
    explanation_.month = explanation_.import->month;
    return true;
  }

  Result<bool> read_row(std::string_view relation) {
    bool found = false;
    const std::string statement = fmt::format(fmt::runtime(sql::kExplainChargeSql), fmt::arg("columns", columns_),
                                              fmt::arg("relation", relation));
    APPORTION_TRY(reader_.engine().query(statement, values_, [&](const EngineRow& row) {
      found = true;
      explanation_.columns.clear();
      for (std::size_t i = 0; i < charge_columns().size(); ++i) take_cell(row, i);
      return ok();
    }));
    return found;
  }

  void take_cell(const EngineRow& row, std::size_t index) {
    const ChargeColumn& column = charge_columns()[index];
    TableCell cell = row_cell(row, index, table_kind(column.type));
    const std::string text = cell_text(cell);
    if (text.empty()) return;
    if (column.name == "x_SourceFile") explanation_.file = text;
    if (column.name == "x_SourceLine") explanation_.line = std::get<std::int64_t>(cell);
    if (column.name == "x_SourceChanges") explanation_.changes = changes_in(text);
    explanation_.columns.emplace_back(column.name, std::move(cell));
  }

  Result<void> read_assignments() {
    constexpr std::size_t kFirstCost = 5;
    APPORTION_ASSIGN(const auto rule_names, rule_names_of(control_plane_, ReadScope::of_partner(), explanation_.split));
    const std::string statement =
        fmt::format(fmt::runtime(sql::kExplainAssignmentsSql), fmt::arg("assignment_id", assignment_id_sql("a")));
    return reader_.engine().query(statement, values_, [&](const EngineRow& row) {
      RowAssignment assignment{std::string(row.text(4)),
                               std::string(row.text(0)),
                               std::string(row.text(1)),
                               row.integer(2),
                               rule_name(rule_names, row.integer(2)),
                               row.text(3) == "share",
                               row.text(3) == "move",
                               {}};
      for (std::size_t i = 0; i < cost_metrics().size(); ++i) {
        assignment.costs.push_back(row_cell(row, kFirstCost + i, TableKind::kDecimal));
      }
      explanation_.assignments.push_back(std::move(assignment));
      return ok();
    });
  }

  LakeReader& reader_;
  const ControlPlane& control_plane_;
  std::vector<EngineValue> values_;
  std::string columns_;
  RowExplanation explanation_;
  std::optional<Error> removed_;  // of versions that the row may have been in
};

Result<bool> is_known(const ControlPlane& control_plane, const CustomerId& customer) {
  if (customer.raw() == kUnassignedCustomerId) return true;
  APPORTION_ASSIGN(const std::vector<Customer> customers, control_plane.customers());
  return std::ranges::find(customers, customer, &Customer::id) != customers.end();
}

}  // namespace

Result<RowId> parse_row_id(std::string_view text) {
  const Error error{ErrorId::kRowIdInvalid, "this is not the id of a row", excerpt(text),
                    "IMPORT:ORDINAL, as in 12:3456, or the number in x_RowId was expected",
                    "copy the id from x_RowId of a report or of the lake"};
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) {
    const auto stored = whole_number(text, std::numeric_limits<std::int64_t>::max());
    if (!stored) return error;
    return RowId::from_stored(*stored);
  }
  const auto import = whole_number(text.substr(0, colon), kImportMax);
  const auto ordinal = whole_number(text.substr(colon + 1), kOrdinalMax);
  if (!import || !ordinal) return error;
  return RowId(ImportId(*import), *ordinal);
}

std::string row_id_text(RowId id) { return fmt::format("{}:{}", id.import().raw(), id.ordinal()); }

std::string_view row_fate_text(RowFate fate) {
  switch (fate) {
    case RowFate::kCurrent: return "a charge of the published month";
    case RowFate::kSuperseded: return "a charge that a later import replaced";
    case RowFate::kRepeated:
      return "a row of the actual file; the amortized file has it too, and its charge comes from there";
    case RowFate::kCarried: return "what newer runs changed in a charge of a locked month, counted in a later one";
    case RowFate::kUncarried: return "what newer runs changed in a charge of a locked month; the carry was undone";
    case RowFate::kUnused: return "a stored row that no published charges use";
  }
  return "";
}

Result<RowExplanation> explain_row(LakeReader& reader, const ReadScope& scope, RowId row) {
  APPORTION_TRY(require_partner(scope, "where a charge comes from"));
  return RowFinder(reader, row).run();
}

Result<Table> explain_customer(LakeReader& reader, const ReadScope& scope, const CustomerId& customer) {
  APPORTION_TRY(require_partner(scope, "the rules behind a customer's costs"));
  const ControlPlane& control_plane = reader.control_plane();
  Table table;
  table.columns = {{"Connection", TableKind::kText},      {"Month", TableKind::kText},
                   {"RuleNumber", TableKind::kInteger},   {"RuleName", TableKind::kText},
                   {"BillingCurrency", TableKind::kText}, {"Rows", TableKind::kInteger}};
  for (const std::string_view metric : cost_metrics())
    table.columns.push_back({std::string(metric), TableKind::kDecimal});
  APPORTION_ASSIGN(std::vector<PublishedMonth> months, published_months(control_plane, scope));
  APPORTION_TRY(add_carried(control_plane, months));
  const std::vector<EngineValue> values{customer.raw()};
  for (const PublishedMonth& month : months) {
    if (!month.charge_set) continue;
    APPORTION_ASSIGN(const Snapshot snapshot, Snapshot::of(control_plane, scope, {month}));
    APPORTION_ASSIGN(const auto rule_names, rule_names_of(control_plane, scope, month.split));
    APPORTION_TRY(reader.open_relations(snapshot));
    APPORTION_TRY(reader.engine().query(sql::kExplainCustomerSql, values, [&](const EngineRow& row) {
      auto& cells = table.rows.emplace_back();
      cells = {
          month.connection.name,    month.month.month.to_string(),
          row.integer(0),           row.is_null(7) ? rule_name(rule_names, row.integer(0)) : carried_rule(row.text(7)),
          std::string(row.text(1)), row.integer(2)};
      for (std::size_t i = 0; i < cost_metrics().size(); ++i)
        cells.push_back(row_cell(row, 3 + i, TableKind::kDecimal));
      return ok();
    }));
  }
  if (!table.rows.empty()) return table;
  APPORTION_ASSIGN(const bool known, is_known(control_plane, customer));
  if (known) return table;
  return Error{ErrorId::kNoSuchCustomer, "there is no such customer", excerpt(customer.raw()),
               "no customer and no charge in scope has this id",
               "see which customers there are: " + step(Step::kListCustomers)};
}

}  // namespace apportion
