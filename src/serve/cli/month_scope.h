/// The months that commands that read ask for. Internal to `cli`.
#pragma once

#include <optional>
#include <string>

#include "foundation/base/date.h"
#include "foundation/model/caller.h"

namespace apportion {

/// The months that a command line asks for; unset means all.
struct MonthOptions {
  std::optional<std::string> connection;  ///< Name.
  std::optional<Month> month;
  std::optional<Month> first_month = {};
  std::optional<Month> last_month = {};

  ReadScope scope_for(const Caller& caller) const {
    ReadScope scope = caller.scope(connection, month);
    scope.first_month = first_month;
    scope.last_month = last_month;
    return scope;
  }
};

}  // namespace apportion
