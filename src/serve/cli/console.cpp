#include "serve/cli/console.h"

#include <sstream>
#include <string>
#include <variant>

#include <fmt/format.h>

#include "foundation/base/shown_text.h"
#include "foundation/base/text.h"
#include "serve/cli/pager.h"
#include "serve/cli/step_wording.h"
#include "serve/format/error_document.h"
#include "serve/format/table_formats.h"

namespace apportion {
namespace {

constexpr std::string_view kErrorColour = "\033[1;31m";
constexpr std::string_view kPlain = "\033[0m";
constexpr std::string_view kWipeLine = "\r\033[K";
constexpr std::string_view kLineAbove = "\033[A";
constexpr std::size_t kProgressBytesMax = 76;  // of a terminal of 80 columns; a longer line would wrap and stay

constexpr int kIndent = 2;
constexpr int kOneLine = -1;

std::string json_text(const Json& document, int indent) {
  return terminal_json(document.dump(indent, ' ', false, Json::error_handler_t::replace));
}

// Text that a person may read, with steps worded as commands.
std::string told_text(std::string_view text) { return without_secrets(with_commands(text)); }
std::string shown(std::string_view text) { return terminal_text(told_text(text)); }

// A document with commands in each of its texts.
Json json_with_commands(Json document) {
  if (document.is_string()) {
    document = with_commands(document.get_ref<const std::string&>());
  } else if (document.is_structured()) {
    for (Json& inner : document) inner = json_with_commands(std::move(inner));
  }
  return document;
}

// A table with commands in each of its texts, so that columns are as wide as what is shown.
Table table_with_commands(Table table) {
  for (auto& row : table.rows)
    for (TableCell& cell : row)
      if (auto* text = std::get_if<std::string>(&cell)) *text = with_commands(*text);
  return table;
}

/// Appends a part of an error with its name; further lines are aligned below the first.
void append_part(std::string& text, std::string_view name, const std::string& part) {
  if (part.empty()) return;
  const std::string indent(name.size() + 4, ' ');
  bool first = true;
  const std::string text_of_part = shown(part);
  for (const std::string_view line : split_text(text_of_part, '\n')) {
    text += first ? fmt::format("  {}: {}\n", name, line) : fmt::format("{}{}\n", indent, line);
    first = false;
  }
}

}  // namespace

std::ostream& Console::data() {
  wipe_progress();
  return *data_;
}

void Console::print_data(std::string_view data) {
  if (settings_.data_width) return print_text(data);
  this->data() << data;
}

Result<void> Console::print_piece(std::string_view data) {
  print_data(data);
  if (data_->good()) return ok();
  return Error{ErrorId::kOutputFailed, "the result could not be written", "standard output",
               "the disk is full, or the reader has closed the output",
               "free some space or write elsewhere, then try again"};
}

void Console::print_text(std::string_view text) { data() << terminal_text(with_commands(text)); }

void Console::print_json(const Json& document) { data() << json_text(json_with_commands(document), kIndent) << '\n'; }

Result<void> Console::print_rows(const Table& table, const TableView& view) {
  const bool is_terminal = settings_.data_width.has_value();
  const TextTableOptions options{view.wide ? std::nullopt : settings_.data_width, settings_.colour && is_terminal,
                                 view.exact, view.is_report};
  if (!is_terminal || !view.is_report || !view.paged || settings_.pager.empty())
    return write_text_table(table, options, data());
  std::ostringstream text;
  APPORTION_TRY(write_text_table(table, options, text));
  data().flush();
  if (!show_in_pager(settings_.pager, text.view())) data() << text.view();
  return ok();
}

Result<void> Console::print_table(const Table& table, const TableView& view) {
  APPORTION_TRY(print_rows(view.is_report ? table : table_with_commands(table), view));  // reports hold values only
  print_notices(table);
  return ok();
}

void Console::print_notices(const Table& table) {
  for (const std::string& notice : table.notices) notify(notice);
}

void Console::notify(const std::string& notice) {
  const std::lock_guard lock(mutex_);
  say(notice);
  if (settings_.json) *talk_ << json_text(Json{{"notice", told_text(notice)}}, kOneLine) << '\n';
}

void Console::say(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (settings_.quiet || settings_.json) return;
  wipe_progress();
  *talk_ << shown(line) << '\n';
}

void Console::log(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (settings_.quiet) return;
  wipe_progress();
  *talk_ << terminal_text(line) << '\n' << std::flush;
}

void Console::ask(std::string_view question) {
  const std::lock_guard lock(mutex_);
  wipe_progress();
  data_->flush();
  *talk_ << shown(question) << ' ' << std::flush;
}

void Console::detail(std::string_view line) {
  if (settings_.verbose) say(line);
}

void Console::progress(std::string_view line) { progress(std::vector{std::string(line)}); }

void Console::progress(const std::vector<std::string>& lines) {
  const std::lock_guard lock(mutex_);
  if (!shows_progress()) {
    for (const std::string& line : lines) detail(line);
    return;
  }
  wipe_progress();
  for (const std::string& line : lines)
    *talk_ << (progress_lines_++ == 0 ? "" : "\n") << excerpt(shown(line), kProgressBytesMax);
  *talk_ << std::flush;
}

void Console::report(const Error& error) {
  const std::lock_guard lock(mutex_);
  wipe_progress();
  *talk_ << error_text(error) << std::flush;
}

std::string Console::error_text(const Error& error) const {
  if (settings_.json) return json_text(json_with_commands({{"error", error_json(error)}}), kIndent) + '\n';
  std::string text = settings_.colour && settings_.talk_is_terminal
                         ? fmt::format("{}apportion:{} ", kErrorColour, kPlain)
                         : "apportion: ";
  text += shown(error.what) + '\n';
  append_part(text, "where", error.where);
  append_part(text, "why", error.why);
  append_part(text, "next", error.next);
  return text;
}

void Console::wipe_progress() {
  if (progress_lines_ == 0) return;
  *talk_ << kWipeLine;
  for (; progress_lines_ > 1; --progress_lines_) *talk_ << kLineAbove << kWipeLine;
  progress_lines_ = 0;
  *talk_ << std::flush;
}

}  // namespace apportion
