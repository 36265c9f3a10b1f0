/// Answer book: what was answered to requests with an idempotency key, so that the same request is not done again.
///
/// It has a handle of its own on the control plane, so that it waits for nothing that is computed. Entries are kept for
/// a day, and the newest 10,000. Keys and requests are kept as hashes only. Not thread-safe; processes may use it at
/// the same time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "foundation/base/result.h"

namespace apportion {

/// Whose request an entry is of.
struct AnswerKey {
  std::string actor;  ///< As in `Doer::actor`.
  std::string hash;   ///< Of the key that the request came with.
};

/// An answer, as text.
struct KeptAnswer {
  int status = 200;
  std::string etag = {};  ///< Without quotes; empty: none.
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};  ///< Empty: none.

  bool operator==(const KeptAnswer&) const = default;
};

/// What is known of a request.
struct AnswerEntry {
  std::string request_hash;
  std::string folder;                ///< Name of the temporary folder that the process which answers keeps locked.
  std::optional<KeptAnswer> answer;  ///< Nothing while it is being answered, and if that process ended before.
};

class AnswerBook {
 public:
  static Result<AnswerBook> open(const std::filesystem::path& control_plane_file);
  AnswerBook(AnswerBook&&) noexcept;
  ~AnswerBook();

  /// The entry of a key. If there is none, records that a process begins to answer the request, and returns nothing.
  Result<std::optional<AnswerEntry>> begin(const AnswerKey& key, const std::string& request_hash,
                                           const std::string& folder, std::int64_t now_seconds);
  /// Records the answer of a request that was begun. Header names and values have no line breaks.
  Result<void> keep(const AnswerKey& key, const KeptAnswer& answer);
  /// Removes the entry: the request may be done again.
  Result<void> forget(const AnswerKey& key);

 private:
  class Database;
  explicit AnswerBook(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace apportion
