/// Shows migrations as JSON documents for programs, and as reports to sign.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "application/migration.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "query/migration.h"
#include "query/table.h"
#include "serve/format/table_formats.h"

namespace apportion {

/// `{"legacy": …, "customer": …, "is_new": …, "found_by": …}`
nlohmann::ordered_json planned_customer_json(const PlannedCustomer& customer);
/// `{"customers": …, "assumptions": …}`
nlohmann::ordered_json migration_plan_json(const MigrationPlan& plan);
Table migration_plan_table(const MigrationPlan& plan);

/// `{"holds": …, "months": …, "verdicts": …, "totals": …, "classes": …}`: all of it in brief, without the customers.
nlohmann::ordered_json migration_summary_json(const Migration& migration);
/// `{"customer": …, "before": …, "now": …, "verdict": …, "classes": …}`
nlohmann::ordered_json migrated_customer_json(const MigratedCustomer& customer);
/// `{"holds": …, "months": …, "customers": …, "differences": …, "gained": …}`
nlohmann::ordered_json migration_json(const Migration& migration);

/// What a report says beside its numbers.
struct MigrationReportFacts {
  Day made_on = Day(0);
  std::string program;     ///< `apportion 0.1.0`
  std::string connection;  ///< Empty: all.
};

/// A page that needs nothing beside it: no script, nothing from elsewhere; what people wrote is escaped. With lines for
/// signatures; it prints on A4 and Letter.
std::string migration_report_html(const Migration& migration, const MigrationReportFacts& facts);

/// The same as sheets of a workbook.
std::vector<NamedTable> migration_report_sheets(const Migration& migration, const MigrationReportFacts& facts);

enum class MigrationReportForm { kPage, kWorkbook };
/// Errors: the file cannot be written.
Result<void> write_migration_report(const std::filesystem::path& file, MigrationReportForm form,
                                    const Migration& migration, const MigrationReportFacts& facts);

}  // namespace apportion
