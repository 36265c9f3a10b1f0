/// Reports on commitments, as tables: inventory, use, coverage, savings, amortisation, warnings, recommendations.
///
/// Amounts are exact; percentages have 6 digits. What is not known is an empty cell, never zero.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/money/decimal.h"
#include "lake/lake_reader.h"
#include "pipeline/commitments/amortisation.h"
#include "pipeline/commitments/commitment_data.h"
#include "pipeline/commitments/usage.h"
#include "query/table.h"
#include "store/control_plane.h"

namespace apportion {

/// One commitment: its fields with their sources, what was paid, what Azure's transactions say, cost by month.
struct CommitmentDetails {
  Table fields;
  Table payments;
  Table transactions;
  Table months;
};

/// The lake as reports on commitments see it. The engine's named relations are replaced.
class CommitmentView {
 public:
  /// Reads the inventory of all months of the scope's connection; what was used is then that of the scope's month, or
  /// of all. `facts` are what Azure's APIs say, if they were asked.
  static Result<CommitmentView> open(LakeReader& reader, const ReadScope& scope, Day today,
                                     std::span<const CommitmentFact> facts = {});

  const CommitmentData& data() const { return data_; }
  Day today() const { return today_; }
  /// The newest month in scope that is published; nothing when none is.
  std::optional<Month> newest_month() const { return newest_month_; }

  /// One row for each commitment.
  Table inventory() const;
  /// Used and unused cost and quantity by the grain, with the hours of reservation details where they can be compared.
  Result<Table> utilisation(const UseRequest& request);
  Result<Table> coverage(const UseRequest& request);
  Result<Table> savings(const UseRequest& request);
  /// What was not used, by commitment, customer and month: only where something was not.
  Result<Table> unused(const UseRequest& request);
  /// Empty `commitment`: all.
  Result<Table> amortisation(const std::string& commitment);
  Result<Table> recommendations();

  struct WarningLimits {
    int days = 60;                                    ///< Warn of those that expire within so many days.
    Decimal utilisation = Decimal::from_integer(80);  ///< Warn below so many percent, in the newest month.
  };
  Result<Table> warnings(const WarningLimits& limits);

  /// The commitment that a person named: by id, or by its name if only one has it. Error: kNoSuchCommitment.
  Result<const Commitment*> find(const std::string& written) const;
  /// Everything about one commitment.
  Result<CommitmentDetails> details(const Commitment& commitment);

 private:
  CommitmentView(LakeReader& reader, Day today) : engine_(&reader.scratch()), today_(today) {}
  Table fields_table(const Commitment& commitment) const;
  Table payments_table(const Commitment& commitment) const;
  Table transactions_table(const Commitment& commitment) const;
  /// What was carried to months in scope is in no report on commitments: it is noted here.
  Result<void> read_carried(LakeReader& reader, const ReadScope& scope, std::vector<PublishedMonth> months);
  std::vector<std::string> told_left_out() const;
  std::string name_of(const std::string& key) const;
  std::string kind_of(const std::string& key) const;

  Workbench* engine_;  // of the reader: coverage keeps tables of its own
  Day today_;
  std::string month_;  // of the scope; empty: all
  std::optional<Month> newest_month_;
  MonthsWithoutAmortisation gaps_;
  std::vector<std::pair<std::string, std::string>> carried_;  // the month that counts it, and what is told
  CommitmentData data_;
};

}  // namespace apportion
