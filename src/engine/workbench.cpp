#include "engine/workbench.h"

namespace apportion {

Result<void> QueryEngine::query(std::string_view sql, std::span<const EngineValue> values, const RowVisitor& visit) {
  APPORTION_ASSIGN(EngineCursor cursor, open_cursor(sql, values));
  while (true) {
    APPORTION_ASSIGN(const std::size_t rows, cursor.next(visit));
    if (rows == 0) return ok();
  }
}

Result<void> Workbench::view_over_parquet(std::string_view name, std::span<const std::filesystem::path> files,
                                          std::string_view columns) {
  if (!files.empty()) return make_view(name, "SELECT * FROM " + rows_of_parquet(files));
  const std::string table = std::string(name) + "_without_files";
  APPORTION_TRY(make_table(table, columns));
  return make_view(name, "SELECT * FROM " + sql_identifier(table));
}

TableAppender& TableAppender::null() {
  rows_->null();
  return *this;
}

TableAppender& TableAppender::text(std::string_view value) {
  rows_->text(value);
  return *this;
}

TableAppender& TableAppender::integer(std::int64_t value) {
  rows_->integer(value);
  return *this;
}

TableAppender& TableAppender::decimal(Decimal value) {
  rows_->decimal(value);
  return *this;
}

TableAppender& TableAppender::day(Day value) {
  rows_->day(value);
  return *this;
}

TableAppender& TableAppender::end_row() {
  rows_->end_row();
  return *this;
}

Result<void> TableAppender::finish() { return rows_->finish(); }

}  // namespace apportion
