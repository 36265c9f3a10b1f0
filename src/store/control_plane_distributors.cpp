// The part of the control plane that knows what the columns of distributors' bills mean.
#include <fmt/format.h>

#include "store/control_plane_internal.h"

namespace apportion {

Result<void> ControlPlane::put_distributor_columns(ConnectionId connection, const std::string& columns) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  APPORTION_ASSIGN(const Connection owner, find_connection(sqlite, connection));
  APPORTION_ASSIGN(const std::string before, distributor_columns(connection));
  if (columns == before) return ok();
  APPORTION_TRY(sqlite.run("DELETE FROM distributor_columns WHERE connection_id = ?", {connection.raw()}));
  if (!columns.empty()) {
    APPORTION_TRY(sqlite.run("INSERT INTO distributor_columns (connection_id, columns) VALUES (?, ?)",
                             {connection.raw(), columns}));
  }
  APPORTION_TRY(database_->note("connection.distributor",
                                fmt::format("{}: {}", owner.name, columns.empty() ? "none" : columns)));
  return transaction.commit();
}

Result<std::string> ControlPlane::distributor_columns(ConnectionId connection) const {
  APPORTION_ASSIGN(auto found, read_first(database_->sqlite,
                                          "SELECT columns FROM distributor_columns WHERE connection_id = ?",
                                          {connection.raw()}, [](RowReader& row) { return row.text(); }));
  return found ? std::move(*found) : std::string();
}

}  // namespace apportion
