/// Ids of the control plane's objects. Distinct types: passing one for another does not compile.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "foundation/base/strong.h"

namespace apportion {

using ConnectionId = Strong<struct ConnectionIdTag, std::int64_t>;
using ImportId = Strong<struct ImportIdTag, std::int64_t>;
using ChargeSetId = Strong<struct ChargeSetIdTag, std::int64_t>;
using SplitId = Strong<struct SplitIdTag, std::int64_t>;
using JobId = Strong<struct JobIdTag, std::int64_t>;
using CarryId = Strong<struct CarryIdTag, std::int64_t>;
/// Versions of a document of one kind count from 1.
using DocumentVersion = Strong<struct DocumentVersionTag, std::int64_t>;
/// A customer's id is a text chosen by the partner: `contoso`.
using CustomerId = Strong<struct CustomerIdTag, std::string>;

/// Where charges go that no rule assigns. No customer can have this id.
inline constexpr const char* kUnassignedCustomerId = "unassigned";

/// What Azure writes for a missing id. Nothing has this id: it counts as empty.
inline constexpr std::string_view kNoGuid = "00000000-0000-0000-0000-000000000000";

/// A row of an import: 24 bits of import and 39 bits of the row's ordinal in the run, so that one BIGINT column
/// identifies a row permanently. Printed and read as `IMPORT:ORDINAL`.
class RowId {
 public:
  static constexpr int kOrdinalBits = 39;

  constexpr RowId(ImportId import, std::int64_t ordinal) : value_((import.raw() << kOrdinalBits) | ordinal) {}
  static constexpr RowId from_stored(std::int64_t value) { return RowId(value); }

  constexpr std::int64_t stored() const { return value_; }
  constexpr ImportId import() const { return ImportId(value_ >> kOrdinalBits); }
  constexpr std::int64_t ordinal() const { return value_ & ((std::int64_t{1} << kOrdinalBits) - 1); }

 private:
  explicit constexpr RowId(std::int64_t value) : value_(value) {}
  std::int64_t value_;
};

}  // namespace apportion
