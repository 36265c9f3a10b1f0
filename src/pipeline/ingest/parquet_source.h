/// Reading Parquet exports: the engine decodes them, every cell becomes text, and from then on they are handled like
/// CSV.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "foundation/base/result.h"
#include "foundation/model/source_batch.h"
#include "pipeline/ingest/csv_reader.h"
#include "store/control_plane.h"

namespace apportion {

class ParquetSource {
 public:
  /// Opens a local file; fills `file` with its bytes and content hash.
  static Result<std::unique_ptr<ParquetSource>> open(const std::string& name, const std::string& path,
                                                     const std::string& temporary_folder, SourceFile& file);
  virtual ~ParquetSource() = default;

  virtual const std::vector<std::string>& header() const = 0;
  /// The first rows, to decide on formats; they come again from `next`. Valid until `next`.
  virtual Result<const SourceBatch*> first_rows() = 0;
  /// Fills `batch`; texts live in `arena`. `false` at the end. Lines are row numbers of the file, from 1.
  virtual Result<bool> next(SourceBatch& batch, TextArena& arena, std::int64_t first_ordinal) = 0;
};

}  // namespace apportion
