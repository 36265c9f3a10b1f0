#include "engine/trino/trino_workbench.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "engine/trino/neutral_dialect.h"
#include "engine/trino/sql_words.h"
#include "foundation/base/check.h"
#include "foundation/base/next_step.h"

namespace apportion {
namespace {

// As text of a statement these are some megabytes; a cluster takes one, unless it is told otherwise.
constexpr std::size_t kRowsOnClusterMax = 20'000;
constexpr std::size_t kRowsInMemoryMax = 200'000;

class TrinoRowView final : public EngineRow {
 public:
  explicit TrinoRowView(const std::vector<EngineColumn>& columns) : columns_(columns) {}
  void point_at(const TrinoRow& row) { row_ = &row; }

  bool is_null(std::size_t column) const override { return std::holds_alternative<std::monostate>((*row_)[column]); }
  std::string_view text(std::size_t column) const override {
    check(column, EngineType::kText, "text() of a column that is no VARCHAR");
    const auto* text = std::get_if<std::string>(&(*row_)[column]);
    return text == nullptr ? std::string_view() : std::string_view(*text);
  }
  std::int64_t integer(std::size_t column) const override {
    if (const auto* amount = std::get_if<Decimal>(&(*row_)[column])) {
      APPORTION_CHECK(amount->units() % Decimal::kUnitsPerOne == 0,
                      "integer() of a decimal with digits behind the point");
      return static_cast<std::int64_t>(amount->units() / Decimal::kUnitsPerOne);
    }
    APPORTION_CHECK(is_whole(column), "a number was asked of a column that holds none");
    const auto* number = std::get_if<std::int64_t>(&(*row_)[column]);
    return number == nullptr ? 0 : *number;
  }
  Decimal decimal(std::size_t column) const override {
    if (const auto* amount = std::get_if<Decimal>(&(*row_)[column])) return *amount;
    APPORTION_CHECK(is_whole(column) || columns_[column].type == EngineType::kDecimal,
                    "a number was asked of a column that holds none");
    const auto* number = std::get_if<std::int64_t>(&(*row_)[column]);
    return number == nullptr ? Decimal() : Decimal::from_integer(*number);
  }
  Day day(std::size_t column) const override {
    check(column, EngineType::kDay, "day() of a column that is no DATE");
    const auto* day = std::get_if<Day>(&(*row_)[column]);
    return day == nullptr ? Day(0) : *day;
  }

 private:
  void check(std::size_t column, EngineType type, const char* what) const {
    APPORTION_CHECK(columns_[column].type == type, what);
  }
  bool is_whole(std::size_t column) const {
    return columns_[column].type == EngineType::kInteger || columns_[column].type == EngineType::kBoolean;
  }

  const std::vector<EngineColumn>& columns_;
  const TrinoRow* row_ = nullptr;
};

EngineValue value_at(const EngineRow& row, std::size_t column, EngineType type) {
  if (row.is_null(column)) return {};
  switch (type) {
    case EngineType::kText: return std::string(row.text(column));
    case EngineType::kInteger:
    case EngineType::kBoolean: return row.integer(column);
    case EngineType::kDecimal: return row.decimal(column);
    case EngineType::kDay: return row.day(column);
  }
  return {};
}

std::string sql_type_of(EngineType type) {
  switch (type) {
    case EngineType::kText: return "VARCHAR";
    case EngineType::kInteger: return "BIGINT";
    case EngineType::kBoolean: return "BOOLEAN";
    case EngineType::kDecimal: return "DECIMAL(38,18)";
    case EngineType::kDay: return "DATE";
  }
  return "VARCHAR";
}

std::size_t places_in(std::string_view sql) {
  return static_cast<std::size_t>(std::ranges::count(sql_words(sql), "?", &SqlWord::text));
}

Error too_many_rows() {
  return {ErrorId::kClusterQuestionTooLarge, "the Trino cluster could not answer", "",
          fmt::format("more than {} rows would have to be kept in memory on the way", kRowsInMemoryMax),
          "ask for less, or ask the embedded engine: " + step(Step::kAskEmbeddedEngine)};
}

}  // namespace

std::string statement_with_values(std::string_view sql, std::span<const EngineValue> values) {
  if (values.empty()) return std::string(sql);
  std::vector<std::string> texts;
  for (const EngineValue& value : values) texts.push_back(value_sql(value));
  return fmt::format("EXECUTE IMMEDIATE {} USING {}", sql_literal(sql), fmt::join(texts, ", "));
}

// A statement that is ready to be run.
struct TrinoWorkbench::Plan {
  bool is_on_cluster = true;
  std::string sql;
};

// Rows of the cluster, page by page.
class TrinoWorkbench::StreamedRows final : public EngineCursor::Rows {
 public:
  StreamedRows(TrinoWorkbench& of, TrinoPage first, Cancel cancel)
      : workbench_(of), page_(std::move(first)), cancel_(std::move(cancel)) {}
  ~StreamedRows() override { workbench_.client_->stop(page_); }

  Result<std::size_t> next(const RowVisitor& visit) override {
    while (page_.rows.empty() && !page_.next.empty()) APPORTION_TRY(turn());
    const std::vector<TrinoRow> rows = std::exchange(page_.rows, {});
    TrinoRowView view(page_.columns);
    for (const TrinoRow& row : rows) {
      view.point_at(row);
      APPORTION_TRY(visit(view));
    }
    return rows.size();
  }

  // Turns pages until the columns are known.
  Result<std::vector<EngineColumn>> columns() {
    while (page_.columns.empty() && !page_.next.empty()) APPORTION_TRY(turn());
    return page_.columns;
  }

 private:
  Result<void> turn() {
    auto turned = workbench_.client_->next(page_, cancel_);
    if (!turned) {
      page_.next.clear();
      workbench_.last_failure_ = workbench_.client_->last_failure();
      return std::move(turned).error();
    }
    page_ = *std::move(turned);
    return ok();
  }

  TrinoWorkbench& workbench_;
  TrinoPage page_;
  Cancel cancel_;
};

// Rows of the home's engine.
class TrinoWorkbench::HomeRows final : public EngineCursor::Rows {
 public:
  HomeRows(TrinoWorkbench& of, EngineCursor cursor) : workbench_(of), cursor_(std::move(cursor)) {}

  Result<std::size_t> next(const RowVisitor& visit) override {
    auto rows = cursor_.next(visit);
    if (!rows) workbench_.last_failure_ = workbench_.home_->last_failure();
    return rows;
  }

 private:
  TrinoWorkbench& workbench_;
  EngineCursor cursor_;
};

// Rows for a table in memory.
class TrinoWorkbench::AppendedRows final : public TableAppender::Rows {
 public:
  explicit AppendedRows(RowsInMemory& table) : table_(table) {}

  void null() override { cells_.emplace_back(); }
  void text(std::string_view value) override { cells_.emplace_back(std::string(value)); }
  void integer(std::int64_t value) override { cells_.emplace_back(value); }
  void decimal(Decimal value) override { cells_.emplace_back(value); }
  void day(Day value) override { cells_.emplace_back(value); }
  void end_row() override {
    ++rows_;
    is_whole_ = is_whole_ && cells_.size() == rows_ * table_.names.size();
  }
  Result<void> finish() override {
    APPORTION_CHECK(is_whole_ && cells_.size() == rows_ * table_.names.size(),
                    "a row has as many values as the table has columns");
    if (table_.rows() + rows_ > kRowsInMemoryMax) return too_many_rows();
    std::ranges::move(cells_, std::back_inserter(table_.cells));
    return ok();
  }

 private:
  RowsInMemory& table_;
  std::vector<EngineValue> cells_;
  std::size_t rows_ = 0;
  bool is_whole_ = true;
};

TrinoWorkbench::TrinoWorkbench(TrinoClient& client, FileTables& tables, Workbench& home, Cancel cancel)
    : client_(&client),
      tables_(&tables),
      home_(&home),
      cancel_(std::move(cancel)),
      relations_(std::make_unique<RelationTexts>()) {}

TrinoWorkbench::~TrinoWorkbench() = default;

const Dialect& TrinoWorkbench::dialect() const {
  static const NeutralDialect dialect;
  return dialect;
}

Cancel TrinoWorkbench::begin_statement() {
  const std::lock_guard lock(running_mutex_);
  running_ = cancel_.child();
  return running_;
}

void TrinoWorkbench::interrupt() {
  const std::lock_guard lock(running_mutex_);
  running_.request();
  home_->interrupt();
}

Result<TrinoWorkbench::Plan> TrinoWorkbench::plan(std::string_view sql, std::span<const EngineValue> values) {
  APPORTION_CHECK(places_in(sql) == values.size(), "a statement and its values do not fit");
  const auto reads = relations_->read_by(sql);
  const AskEngine ask = [this](std::string_view question, const RowVisitor& visit) -> Result<void> {
    const Cancel cancel = begin_statement();
    auto page = client_->begin(question, cancel);
    if (!page) {
      last_failure_ = client_->last_failure();
      return std::move(page).error();
    }
    StreamedRows rows(*this, *std::move(page), cancel);
    while (true) {
      APPORTION_ASSIGN(const std::size_t count, rows.next(visit));
      if (count == 0) return ok();
    }
  };
  std::map<const RelationTexts::Files*, std::string> tables;
  bool is_on_cluster = reads.rows_in_memory <= kRowsOnClusterMax;
  for (const RelationTexts::Files* files : reads.files) {
    if (!is_on_cluster) break;
    APPORTION_ASSIGN(const auto rows, tables_->rows_of(*files, ask));
    if (rows) tables[files] = *rows;
    is_on_cluster = rows.has_value();
  }
  if (!is_on_cluster) return Plan{false, at_home(sql, reads)};
  const std::string text =
      relations_->with_relations(sql, reads, [&](const RelationTexts::Files& files) { return tables.at(&files); });
  return Plan{true, statement_with_values(spelled(text, TrinoDialect()), values)};
}

std::string TrinoWorkbench::at_home(std::string_view sql, const RelationTexts::Reads& reads) const {
  const std::string text = relations_->with_relations(
      sql, reads, [this](const RelationTexts::Files& files) { return home_->rows_of_parquet(files); });
  return spelled(text, home_->dialect());
}

Result<EngineCursor> TrinoWorkbench::open_cursor(std::string_view sql, std::span<const EngineValue> values) {
  APPORTION_ASSIGN(const Plan plan, this->plan(sql, values));
  if (!plan.is_on_cluster) {
    ++counts_.at_home;
    auto cursor = home_->open_cursor(plan.sql, values);
    if (cursor) return EngineCursor(std::make_unique<HomeRows>(*this, *std::move(cursor)));
    last_failure_ = home_->last_failure();
    return std::move(cursor).error();
  }
  ++counts_.on_cluster;
  const Cancel cancel = begin_statement();
  auto page = client_->begin(plan.sql, cancel);
  if (page) return EngineCursor(std::make_unique<StreamedRows>(*this, *std::move(page), cancel));
  last_failure_ = client_->last_failure();
  return std::move(page).error();
}

Result<std::vector<EngineColumn>> TrinoWorkbench::describe(std::string_view sql) {
  const std::vector<EngineValue> nothing(places_in(sql));
  const std::string no_rows = fmt::format("SELECT * FROM (\n{}\n) described LIMIT 0", sql);
  APPORTION_ASSIGN(const Plan plan, this->plan(no_rows, nothing));
  if (!plan.is_on_cluster) return home_->describe(plan.sql);
  const Cancel cancel = begin_statement();
  auto page = client_->begin(plan.sql, cancel);
  if (page) return StreamedRows(*this, *std::move(page), cancel).columns();
  last_failure_ = client_->last_failure();
  return std::move(page).error();
}

Result<std::vector<std::string>> TrinoWorkbench::column_names(std::string_view relation) {
  APPORTION_ASSIGN(const auto columns, describe(fmt::format("SELECT * FROM {}", sql_identifier(relation))));
  std::vector<std::string> names;
  for (const EngineColumn& column : columns) names.push_back(column.name);
  return names;
}

Result<void> TrinoWorkbench::make_table(std::string_view name, std::string_view columns) {
  relations_->put_table(name, rows_with_columns(columns));
  return ok();
}

Result<void> TrinoWorkbench::make_table_of(std::string_view name, std::string_view select) {
  APPORTION_ASSIGN(const auto columns, describe(select));
  RowsInMemory rows;
  for (const EngineColumn& column : columns) {
    rows.names.push_back(column.name);
    rows.types.push_back(sql_type_of(column.type));
  }
  relations_->put_table(name, std::move(rows));
  return insert_rows(name, select);
}

Result<void> TrinoWorkbench::insert_rows(std::string_view table, std::string_view select) {
  APPORTION_ASSIGN(const auto columns, describe(select));
  std::vector<EngineValue> cells;
  APPORTION_TRY(query(select, {}, [&](const EngineRow& row) -> Result<void> {
    for (std::size_t i = 0; i < columns.size(); ++i) cells.push_back(value_at(row, i, columns[i].type));
    return cells.size() <= kRowsInMemoryMax * columns.size() ? ok() : Result<void>(too_many_rows());
  }));
  RowsInMemory* rows = relations_->table(table);
  APPORTION_CHECK(rows != nullptr && rows->names.size() == columns.size(), "the table has the columns of the rows");
  std::ranges::move(cells, std::back_inserter(rows->cells));
  return rows->rows() <= kRowsInMemoryMax ? ok() : Result<void>(too_many_rows());
}

Result<TableAppender> TrinoWorkbench::append_to(std::string_view table) {
  RowsInMemory* rows = relations_->table(table);
  APPORTION_CHECK(rows != nullptr, "the table exists");
  return TableAppender(std::make_unique<AppendedRows>(*rows));
}

Result<void> TrinoWorkbench::make_view(std::string_view name, std::string_view select) {
  relations_->put_view(name, select);
  return ok();
}

std::string TrinoWorkbench::rows_of_parquet(std::span<const std::filesystem::path> files) const {
  APPORTION_CHECK(!files.empty(), "rows of no files");
  return sql_identifier(relations_->name_of_files(files));
}

Result<void> TrinoWorkbench::rename_table(std::string_view name, std::string_view new_name) {
  relations_->rename(name, new_name);
  return ok();
}

Result<void> TrinoWorkbench::rename_view(std::string_view name, std::string_view new_name) {
  relations_->rename(name, new_name);
  return ok();
}

Result<void> TrinoWorkbench::drop_table(std::string_view name) {
  relations_->drop_table(name);
  return ok();
}

Result<void> TrinoWorkbench::drop_view(std::string_view name) {
  relations_->drop_view(name);
  return ok();
}

Result<std::int64_t> TrinoWorkbench::write_parquet(std::string_view select, std::span<const EngineValue> values,
                                                   const std::filesystem::path& path, ParquetPacking packing) {
  ++counts_.at_home;
  return home_->write_parquet(at_home(select, relations_->read_by(select)), values, path, packing);
}

Result<void> TrinoWorkbench::write_parquet_of_json(
    const std::filesystem::path& lines, std::span<const std::pair<std::string_view, std::string_view>> columns,
    const std::filesystem::path& path) {
  return home_->write_parquet_of_json(lines, columns, path);
}

Result<void> TrinoWorkbench::lock_down(std::span<const std::filesystem::path> /*readable_files*/) {
  return Error{ErrorId::kClusterFailed, "a question in SQL is not asked of a Trino cluster", "",
               "what it may read there is decided by the cluster",
               "ask the embedded engine: " + step(Step::kAskEmbeddedEngine)};
}

}  // namespace apportion
