/// For tests: a small home with imports, charges and splits that are written row by row.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "foundation/base/test_support.h"
#include "lake/lake_reader.h"
#include "pipeline/invoices/invoice_line.h"
#include "query/table.h"
#include "store/control_plane.h"

namespace apportion {

/// A charge by column name; columns that are left out are null, or have a default where they must not be.
using TestCharge = std::map<std::string, std::string>;

/// Who gets a row: the whole of it, or shares with amounts of billed and effective cost.
struct TestAssignment {
  std::int64_t row_id;
  std::string customer;
  std::int64_t rule = 0;
  std::string billed = {};  ///< Empty: the whole row.
  std::string effective = {};
  TestCharge metrics = {};  ///< Of a share: other costs and quantities by column; those left out are null.
};

struct TestImport {
  Dataset dataset = Dataset::kActualCost;
  std::vector<TestCharge> charges;
  std::vector<TestCharge> mirror = {};
  std::int64_t rejected = 0;
  std::int64_t missing = 0;  ///< Rows that the catalog counts as stored but no file has.
  std::string month = "2026-10";
  std::vector<TestCharge> read = {};  ///< What was read of the charges, where the file differs.
  bool notes_metrics = true;          ///< False: taken in as an earlier version did.
};

/// A bill of a month, as its file has it.
struct TestBill {
  InvoiceFileKind kind = InvoiceFileKind::kBill;
  std::string columns;  ///< As `parse_bill_columns` reads them.
  std::string text;
  std::string month = "2026-10";
  std::string name = "bill";
};

class TestLake {
 public:
  TestLake();

  Connection connection(const std::string& name = "acme");
  void add_customers(const std::vector<std::string>& ids);

  /// Writes the files. Totals are the sums of the rows: of billed cost in actual, of effective in amortized files, of
  /// both in FOCUS ones. Row ids count from 0 in the order charges, mirror.
  Import add_import(const TestImport& test, const std::string& connection_name = "acme");
  /// Imports a bill; it takes the place of one with the same name and month.
  Import add_bill(const TestBill& bill);
  /// Publishes the charges of these imports, and the rows of `timing` beside them.
  ChargeSet publish(const std::vector<Import>& imports, const std::vector<TestCharge>& timing = {});
  /// From now on, splits have no cubes, as those of earlier versions.
  void without_cubes() { has_cubes_ = false; }
  /// Publishes a split with rules `first` and `second` as numbers 1 and 2, and its cubes.
  Split split(const ChargeSet& charges, const std::vector<TestAssignment>& assignments);

  /// Holds the charges of these imports beside those of their locked month, whole to the customers in order.
  HeldCharges hold(const std::vector<Import>& imports, const std::vector<std::string>& customers);
  /// Carries rows to a month, one a charge, with its customer; the amounts are theirs.
  Carry carry(const HeldCharges& held, const std::string& to,
              const std::vector<std::pair<std::string, TestCharge>>& rows);

  /// Some days go by, in which files that nothing needed are kept, and then not any more.
  void give_up_superseded_files(int days);

  /// The id of the row of that ordinal.
  static std::int64_t row_of(const Import& import, std::int64_t ordinal) { return RowId(import.id, ordinal).stored(); }

  LakeReader& reader() { return reader_; }
  Engine& engine() { return engine_; }
  ControlPlane& control_plane() { return control_plane_; }
  Lake lake() const { return Lake(lake_folder()); }
  std::filesystem::path lake_folder() const { return folder_ / "lake"; }
  std::filesystem::path folder() const { return folder_.path(); }

 private:
  LakeFile write_rows(const std::string& name, const std::string& columns, const std::string& select);
  ChargeSet charge_set_of(const std::vector<Import>& imports);
  void add_cubes(const ChargeSet& charges, const std::string& name, Split& split);
  LakeFile write_charges(const std::string& name, const std::vector<TestCharge>& charges, RowId first);

  TestFolder folder_;
  ControlPlane control_plane_;
  Engine engine_;
  LakeReader reader_;
  bool has_cubes_ = true;
};

/// A decimal of a test; stops when the text is not one.
Decimal test_decimal(std::string_view text);

/// The rows as text, cells joined by `|`.
std::vector<std::string> lines_of(const Table& table);

}  // namespace apportion
