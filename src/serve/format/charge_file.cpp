#include "serve/format/charge_file.h"

#include <ostream>
#include <vector>

#include "query/charge_dataset.h"
#include "serve/format/text_file.h"

namespace apportion {
namespace {

Result<std::int64_t> write_csv_rows(NamedRelations& relations, const ChargeFileOptions& options, const Cancel& cancel,
                                    std::ostream& out) {
  APPORTION_ASSIGN(const auto columns, dataset_columns(relations));
  CsvRows csv(columns, options.text_mode, out);
  std::int64_t count = 0;
  APPORTION_TRY(visit_dataset(relations, options.customer, [&](const std::vector<TableCell>& row) -> Result<void> {
    if (cancel.requested()) return cancelled_error("the dataset");
    csv.add(row);
    ++count;
    return ok();
  }));
  return count;
}

}  // namespace

Result<std::int64_t> write_charge_file(NamedRelations& relations, const ChargeFileOptions& options,
                                       const Cancel& cancel, const std::filesystem::path& path) {
  if (options.format == "parquet") return write_dataset_parquet(relations, options.customer, path);
  std::int64_t count = 0;
  APPORTION_TRY(write_text_file(path, options.format, [&](std::ostream& out) -> Result<void> {
    APPORTION_ASSIGN(count, write_csv_rows(relations, options, cancel, out));
    return ok();
  }));
  return count;
}

}  // namespace apportion
