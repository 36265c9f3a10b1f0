/// The calendar of bill months: what there is of each, how fresh it is, and which months are missing.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/dataset.h"
#include "lake/relations.h"
#include "query/month_status.h"
#include "query/table.h"
#include "store/control_plane.h"

namespace apportion {

struct MonthRun {
  ImportId import;
  Dataset dataset = Dataset::kActualCost;
  std::string run_id;
  std::string submitted_at;  ///< ISO; empty when unknown.
  Day covers_until;
  bool verified = true;
  bool in_force = false;  ///< Part of the published charges.
  std::int64_t rows = 0;
  std::int64_t rejected = 0;
};

struct MonthLine {
  std::string connection;
  Month month;
  MonthStatus status;
  std::vector<MonthRun> runs;  ///< By import.
  std::int64_t charges = 0;    ///< Rows of the published charges.
  std::int64_t rejected = 0;   ///< Of the runs in force.
  std::int64_t timing_rows = 0;
  bool split = false;
  std::string data_as_of;  ///< When the oldest run in force was submitted; empty when unknown.
};

/// `kPartnerOnly` when the scope is not the partner's. From the first to the last month of each connection in scope;
/// months between without any run are `missing`.
Result<std::vector<MonthLine>> months_report(const ControlPlane& control_plane, const ReadScope& scope, Day today);

}  // namespace apportion
