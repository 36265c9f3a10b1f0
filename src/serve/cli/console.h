/// Console: the output of a command. Data goes to one stream, talk to the other, and only a terminal gets colour and
/// progress. Everything that people read passes through here: talk contains no secrets, and no character controls the
/// terminal.
///
/// Nothing here decides an exit code. Not thread-safe.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "foundation/base/result.h"
#include "query/table.h"

namespace apportion {

/// JSON that keeps its keys in the order written: people read it, and tests compare it.
using Json = nlohmann::ordered_json;

/// How a table is shown.
struct TableView {
  bool exact = false;      ///< Money with all its digits.
  bool is_report = false;  ///< On a terminal: shown in the pager, without the columns that do not fit.
  bool wide = false;       ///< Nothing is cut and no column left out.
  bool paged = true;       ///< A report may be shown in the pager.
};

struct ConsoleSettings {
  bool json = false;              ///< Data and errors as JSON.
  bool quiet = false;             ///< Errors only.
  bool verbose = false;           ///< Each step as a line.
  std::optional<int> data_width;  ///< Columns of the terminal that shows the data; nothing if it is not a terminal.
  bool talk_is_terminal = false;  ///< Progress may be shown.
  bool colour = false;            ///< Terminals may show colour.
  std::string pager;              ///< Shell command that shows long texts on the terminal; empty: none.
};

/// What is told (`say`, `log`, `report`, …) may come from any thread; data comes from one.
class Console {
 public:
  /// The streams must outlive the console.
  Console(std::ostream& data, std::ostream& talk) : data_(&data), talk_(&talk) {}

  void set(const ConsoleSettings& settings) { settings_ = settings; }
  const ConsoleSettings& settings() const { return settings_; }

  /// Prints data byte for byte, such as CSV or a stored document; on a terminal, control characters are escaped.
  void print_data(std::string_view data);
  /// Prints a part of data that does not fit into memory. Errors: the stream accepts no more.
  Result<void> print_piece(std::string_view data);
  /// Prints text for people, with control characters escaped.
  void print_text(std::string_view text);
  /// Prints one JSON document and a line end. Bytes that are not UTF-8 become the replacement character.
  void print_json(const Json& document);

  /// Prints a table for people, and its notices as talk.
  Result<void> print_table(const Table& table, const TableView& view = {});
  /// Prints what nobody should miss. With --json, it is a document of its own: `{"notice": …}`.
  void notify(const std::string& notice);
  /// Prints the notices of a table whose rows went elsewhere.
  void print_notices(const Table& table);

  /// Prints a line for the person: what was done, what to know. Nothing if quiet, nor with --json, whose document has
  /// it.
  void say(std::string_view line);
  /// Asks the person at the terminal, even when quiet; the cursor stays after the question.
  void ask(std::string_view question);
  /// Prints a line with --verbose only.
  void detail(std::string_view line);
  /// Prints what is happening now: on a terminal, in a line that is overwritten; elsewhere with --verbose only.
  void progress(std::string_view line);
  /// The same in several lines.
  void progress(const std::vector<std::string>& lines);
  /// Whether `progress` overwrites its line, so that it may change often.
  bool shows_progress() const {
    return settings_.talk_is_terminal && !settings_.verbose && !settings_.quiet && !settings_.json;
  }
  /// Prints a line of a log that programs read; nothing if quiet.
  void log(std::string_view line);
  /// Prints the four parts of an Error, even when quiet.
  void report(const Error& error);
  /// What `report` would print.
  std::string error_text(const Error& error) const;

 private:
  std::ostream& data();
  Result<void> print_rows(const Table& table, const TableView& view);
  void wipe_progress();

  std::recursive_mutex mutex_;  // of what is told
  std::ostream* data_;
  std::ostream* talk_;
  ConsoleSettings settings_;
  std::size_t progress_lines_ = 0;  // that are shown
};

}  // namespace apportion
