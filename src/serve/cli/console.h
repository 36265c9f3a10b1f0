/// Console: how a command speaks. Data goes to one stream, talk to the other, and only a terminal sees colour and
/// progress. Here everything passes that people read: no secret leaves in talk, and no character steers a terminal.
///
/// Nothing here decides an exit code. Not thread-safe.
#pragma once

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "foundation/base/result.h"
#include "query/table.h"

namespace apportion {

/// JSON that keeps the order in which it was written: what people read, and what tests compare.
using Json = nlohmann::ordered_json;

/// How a table is shown.
struct TableView {
  bool exact = false;      ///< Money with all its digits.
  bool is_report = false;  ///< On a terminal: through the pager, without the columns that do not fit.
  bool wide = false;       ///< Nothing is cut and no column left out.
  bool paged = true;       ///< A report may go through the pager.
};

struct ConsoleSettings {
  bool json = false;              ///< Data and errors as JSON.
  bool quiet = false;             ///< Errors only.
  bool verbose = false;           ///< Each step as a line.
  std::optional<int> data_width;  ///< Columns of the terminal that shows the data; nothing when it is no terminal.
  bool talk_is_terminal = false;  ///< Progress may be shown.
  bool colour = false;            ///< Terminals may show colour.
  std::string pager;              ///< Command of the shell that shows long texts on the terminal; empty: none.
};

class Console {
 public:
  /// The streams must outlive the console.
  Console(std::ostream& data, std::ostream& talk) : data_(&data), talk_(&talk) {}

  void set(const ConsoleSettings& settings) { settings_ = settings; }
  const ConsoleSettings& settings() const { return settings_; }

  /// Data byte for byte, as CSV or a document that was kept; a terminal gets it with escapes for what would steer it.
  void print_data(std::string_view data);
  /// A part of data that is larger than the memory. Errors: the stream takes no more.
  Result<void> print_piece(std::string_view data);
  /// Text for people, with escapes for what would steer a terminal.
  void print_text(std::string_view text);
  /// One JSON document with a line end. Bytes that are not UTF-8 become the replacement character.
  void print_json(const Json& document);

  /// A table for people, and its notices as talk.
  Result<void> print_table(const Table& table, const TableView& view = {});
  /// The notices of a table whose rows went elsewhere. With --json, each is a document of its own: `{"notice": …}`.
  void print_notices(const Table& table);

  /// A line for the person: what was done, what to know. Nothing when quiet, nor with --json, where it is in the
  /// document.
  void say(std::string_view line);
  /// A question to the person at the terminal, also when quiet; the cursor stays behind it.
  void ask(std::string_view question);
  /// A line for who asked for every step.
  void detail(std::string_view line);
  /// What goes on right now: on a terminal, in a line that is overwritten; elsewhere with --verbose only.
  void progress(std::string_view line);
  /// The same in several lines.
  void progress(const std::vector<std::string>& lines);
  /// Whether `progress` shows a line that is overwritten, so that it may change often.
  bool shows_progress() const {
    return settings_.talk_is_terminal && !settings_.verbose && !settings_.quiet && !settings_.json;
  }
  /// An error, in the four parts of an Error; also when quiet.
  void report(const Error& error);
  /// What `report` would write.
  std::string error_text(const Error& error) const;

 private:
  std::ostream& data();
  Result<void> print_rows(const Table& table, const TableView& view);
  void wipe_progress();

  std::ostream* data_;
  std::ostream* talk_;
  ConsoleSettings settings_;
  std::size_t progress_lines_ = 0;  // that are shown
};

/// `{"code": "bad_input", "exit_code": 3, "what": …, "where": …, "why": …, "next": …}`, without secrets; parts that are
/// empty are left out.
Json error_json(const Error& error);

}  // namespace apportion
