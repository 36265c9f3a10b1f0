/// KeptRowsSink: rows of datasets without charges (reservations, prices) become Parquet files of the lake.
///
/// Cells are kept unchanged and exact, under the column names of source_fields.h; unknown columns are kept as JSON. A
/// row with a cell that cannot be read is a reject. One sink per worker thread.
#pragma once

#include <memory>

#include "pipeline/normalise/charge_sink.h"

namespace apportion {

/// A sink for a dataset that holds no charges. Of the options it reads import, dataset, folder, worker and
/// dictionary_bytes_max. The role of its files is `prices` or `commitments`.
std::unique_ptr<ImportSink> make_kept_rows_sink(ChargeSinkOptions options);

}  // namespace apportion
