#include "serve/cli/console.h"

#include <fmt/format.h>

#include "foundation/base/text.h"
#include "serve/format/table_formats.h"

namespace apportion {
namespace {

constexpr std::string_view kErrorColour = "\033[1;31m";
constexpr std::string_view kPlain = "\033[0m";
constexpr std::string_view kWipeLine = "\r\033[K";
constexpr std::size_t kProgressBytesMax = 76;  // of a terminal of 80 columns; a longer line would wrap and stay

/// A part of an error under its name; further lines stand below the first.
void append_part(std::string& text, std::string_view name, const std::string& part) {
  if (part.empty()) return;
  const std::string indent(name.size() + 4, ' ');
  bool first = true;
  for (const std::string_view line : split_text(part, '\n')) {
    text += first ? fmt::format("  {}: {}\n", name, line) : fmt::format("{}{}\n", indent, line);
    first = false;
  }
}

}  // namespace

std::ostream& Console::data() {
  wipe_progress();
  return *data_;
}

void Console::print_json(const Json& document) {
  data() << document.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
}

Result<void> Console::print_table(const Table& table) {
  const bool colour = settings_.colour && settings_.data_width.has_value();
  APPORTION_TRY(write_text_table(table, {settings_.data_width, colour}, data()));
  print_notices(table);
  return ok();
}

void Console::print_notices(const Table& table) {
  for (const std::string& notice : table.notices) {
    say(notice);
    if (settings_.json) *talk_ << Json{{"notice", notice}}.dump(-1, ' ', false, Json::error_handler_t::replace) << '\n';
  }
}

void Console::say(std::string_view line) {
  if (settings_.quiet || settings_.json) return;
  wipe_progress();
  *talk_ << line << '\n';
}

void Console::detail(std::string_view line) {
  if (settings_.verbose) say(line);
}

void Console::progress(std::string_view line) {
  if (settings_.verbose || !settings_.talk_is_terminal) return detail(line);
  if (settings_.quiet || settings_.json) return;
  *talk_ << kWipeLine << excerpt(line, kProgressBytesMax) << std::flush;
  progress_is_shown_ = true;
}

void Console::report(const Error& error) {
  wipe_progress();
  if (settings_.json) {
    *talk_ << Json{{"error", error_json(error)}}.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    return;
  }
  std::string text = settings_.colour && settings_.talk_is_terminal
                         ? fmt::format("{}apportion:{} ", kErrorColour, kPlain)
                         : "apportion: ";
  text += error.what + '\n';
  append_part(text, "where", error.where);
  append_part(text, "why", error.why);
  append_part(text, "next", error.next);
  *talk_ << text << std::flush;
}

void Console::wipe_progress() {
  if (!progress_is_shown_) return;
  *talk_ << kWipeLine << std::flush;
  progress_is_shown_ = false;
}

Json error_json(const Error& error) {
  Json json = {{"id", error_definition(error.id).name},
               {"code", error_code_name(error.kind())},
               {"exit_code", exit_code(error.kind())},
               {"what", error.what}};
  if (!error.where.empty()) json["where"] = error.where;
  if (!error.why.empty()) json["why"] = error.why;
  if (!error.next.empty()) json["next"] = error.next;
  return json;
}

}  // namespace apportion
