#include "store/home_texts.h"

#include <utility>

#include "store/control_plane_internal.h"
#include "store/doer_internal.h"
#include "store/migrations_internal.h"

namespace apportion {

class HomeTexts::Database {
 public:
  mutable SqliteDatabase sqlite;
  Clock clock;
};

HomeTexts::HomeTexts(std::unique_ptr<Database> database) : database_(std::move(database)) {}
HomeTexts::HomeTexts(HomeTexts&&) noexcept = default;
HomeTexts& HomeTexts::operator=(HomeTexts&&) noexcept = default;
HomeTexts::~HomeTexts() = default;

Result<HomeTexts> HomeTexts::open(const std::filesystem::path& control_plane_file, Clock clock) {
  APPORTION_ASSIGN(auto sqlite, open_control_plane_database(control_plane_file, false));
  return HomeTexts(std::make_unique<Database>(Database{std::move(sqlite), std::move(clock)}));
}

Result<std::map<std::string, std::string>> HomeTexts::all() const {
  APPORTION_ASSIGN(auto rows, read_all(database_->sqlite, "SELECT name, value FROM home_text", {}, [](RowReader& row) {
                     std::string name = row.text();
                     return std::pair(std::move(name), row.text());
                   }));
  return std::map<std::string, std::string>(rows.begin(), rows.end());
}

Result<void> HomeTexts::put(const std::map<std::string, std::string>& texts, std::string_view what,
                            std::string_view detail, const Doer& doer) {
  auto& sqlite = database_->sqlite;
  APPORTION_ASSIGN(auto transaction, SqliteTransaction::begin_write(sqlite));
  for (const auto& [name, value] : texts) {
    APPORTION_TRY(value.empty()
                      ? sqlite.run("DELETE FROM home_text WHERE name = ?", {name})
                      : sqlite.run("INSERT OR REPLACE INTO home_text (name, value) VALUES (?, ?)", {name, value}));
  }
  APPORTION_TRY(note_by(sqlite, database_->clock.now(), doer, what, detail));
  return transaction.commit();
}

}  // namespace apportion
