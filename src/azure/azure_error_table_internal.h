/// The tables behind `azure_error.h`: code, perhaps a text in the message, and what both mean.
#pragma once

#include <span>
#include <string_view>

#include "foundation/base/next_step.h"
#include "foundation/base/result.h"

namespace apportion {

struct AzureErrorRow {
  std::string_view code;  ///< Compared without case.
  std::string_view text;  ///< Also has to be in Azure's message; empty: any message. The first row that fits wins.
  ErrorId id;
  std::string_view means;
  Advice next;
};

/// What a status means when no row knows the code.
struct AzureStatusRow {
  int from;
  int to;
  AzureErrorRow meaning;
};

std::span<const AzureErrorRow> azure_error_rows();
std::span<const AzureStatusRow> azure_status_rows();

}  // namespace apportion
