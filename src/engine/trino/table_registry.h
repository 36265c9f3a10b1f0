/// Making Delta tables known to a cluster, which reads a table only once its place is registered.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/trino/trino_client.h"
#include "foundation/base/cancel.h"
#include "foundation/base/result.h"

namespace apportion {

struct TableToRegister {
  std::string name;
  std::string place;  ///< Of the table's folder, as Trino writes it: `local:///…`, `abfss://…`.
};

/// Makes the schema of the client's settings, and registers in it what is not there by name; returns these names.
/// Errors: those of the cluster, such as that its catalog does not let tables be registered.
Result<std::vector<std::string>> register_delta_tables(TrinoClient& client, std::span<const TableToRegister> tables,
                                                       const Cancel& cancel);

}  // namespace apportion
