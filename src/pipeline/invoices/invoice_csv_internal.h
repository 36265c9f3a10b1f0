/// Records of CSV files of invoices and bills, with or without gzip. Internal to this module.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/byte_reader.h"
#include "foundation/base/result.h"
#include "pipeline/invoices/invoice_file.h"

namespace apportion {

struct OpenedInvoiceFile {
  std::unique_ptr<ByteReader> bytes;  ///< Unpacked.
  bool is_json = false;
};
Result<OpenedInvoiceFile> open_invoice_file(const InvoiceFile& file);

/// The names of the first record; none if it has none. Errors: nothing of it can be read.
Result<std::vector<std::string>> names_of_first_record(const OpenedInvoiceFile& opened);

struct CsvVisitor {
  std::function<Result<void>(const std::vector<std::string>& header)> header;  ///< Called first, and once.
  /// Called by the thread of that number, from 0; in the order of the file if there is only one.
  std::function<Result<void>(std::size_t thread, std::int64_t line, std::span<const std::string_view> cells)> record;
};
/// How many records were handed out; nothing if there is not even a header. Errors: kFileRagged for a record with
/// another number of cells than the header, those of CSV, and those of the visitor: of the first record that has one.
Result<std::optional<std::int64_t>> read_csv_records(const std::string& name, std::unique_ptr<ByteReader> bytes,
                                                     const CsvVisitor& visitor, std::size_t threads = 1);

/// A hash of all cells of a record.
class CellsHash {
 public:
  std::int64_t of(std::span<const std::string_view> cells);

 private:
  std::string all_;
};

}  // namespace apportion
