#include "serve/cli/document_commands.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "application/document_diff.h"
#include "foundation/base/count_text.h"
#include "foundation/base/files.h"
#include "foundation/base/text.h"
#include "serve/cli/flow_view.h"

namespace apportion {
namespace {

struct DiffOptions {
  std::string before;
  std::string after;
};

struct RevertOptions {
  std::int64_t version = 0;
  DocumentApplyOptions apply;
};

// A text to be put in force, with its name in messages.
struct NamedText {
  std::string text;
  std::string name;
};

Result<ExitCode> apply_text(Session& session, WritableWorkspace& writable, const DocumentWords& words,
                            const NamedText& given, const DocumentApplyOptions& options, Json document) {
  ControlPlane& control_plane = writable.workspace.control_plane;
  APPORTION_ASSIGN(const Json admitted, words.admit(session, writable.workspace, given.text, given.name));
  APPORTION_ASSIGN(auto current, control_plane.current_document(words.kind));
  const bool is_new = !current || current->text != given.text;
  const bool dry_run = options.review.dry_run;
  FlowReport report;
  if (!dry_run || !options.no_split) {
    APPORTION_ASSIGN(report, apply_document(writable, words.kind, is_new ? given.text : "", options.no_split,
                                            review_of(session, options.review)));
  }
  if (dry_run) document.update({{"dry_run", true}});
  document["new_version"] = is_new;
  document.update(admitted);
  if (dry_run || report.left_alone) {
    if (session.json()) {
      if (report.changes) add_changes(document, *report.changes);
      session.console().print_json(document);
    }
    const std::string text = is_new ? fmt::format("the file is valid and would become the {} in force", words.things)
                                    : std::string("the file is already in force");
    if (dry_run) session.console().say(text);
    const ExitCode problems = show_flow(session, report);
    return problems != kExitDone ? problems : told_left_alone(session, options.review);
  }
  if (is_new) {
    APPORTION_ASSIGN(current, control_plane.current_document(words.kind));
  }
  session.console().say(fmt::format("version {} of the {} {} in force", current->version.raw(), words.things,
                                    is_new ? "is now" : "was already"));
  if (options.no_split) APPORTION_TRY(say_stale_months(session.console(), control_plane));
  if (session.json()) {
    Json applied = {{"version", current->version.raw()}};
    applied.update(document);
    applied.update(flow_json(report));
    session.console().print_json(applied);
  }
  return show_flow(session, report);
}

std::optional<DocumentVersion> version_number(const std::string& text) {
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return DocumentVersion(number);
}

// One side of a comparison: the number of a version, or a file.
Result<NamedText> text_of(const ControlPlane& control_plane, const DocumentWords& words, const std::string& given) {
  if (const auto version = version_number(given)) {
    APPORTION_ASSIGN(const Document document, control_plane.document(words.kind, *version));
    return NamedText{document.text, fmt::format("version {}", version->raw())};
  }
  APPORTION_ASSIGN(std::string text, read_file(given));
  return NamedText{std::move(text), given};
}

NamedText version_text(const std::vector<Document>& history, std::size_t back) {
  if (back >= history.size()) return {"", "nothing"};
  return {history[back].text, fmt::format("version {}", history[back].version.raw())};
}

struct Sides {
  NamedText before;
  NamedText after;
};

// Both sides are given; or one, a file or an older version, is compared with the version in force; or, with none, the
// version in force is compared with the one before it.
Result<Sides> sides_of(const ControlPlane& control_plane, const DocumentWords& words, const DiffOptions& options) {
  APPORTION_ASSIGN(const auto history, control_plane.document_history(words.kind));
  Sides sides{version_text(history, 1), version_text(history, 0)};
  if (options.before.empty()) return sides;
  APPORTION_ASSIGN(NamedText first, text_of(control_plane, words, options.before));
  if (!options.after.empty()) {
    sides.before = std::move(first);
    APPORTION_ASSIGN(sides.after, text_of(control_plane, words, options.after));
  } else if (version_number(options.before)) {
    sides.before = std::move(first);
  } else {
    sides = {version_text(history, 0), std::move(first)};
  }
  return sides;
}

Json difference_json(const EntryDifference& difference) {
  Json json = {{"edit", entry_edit_name(difference.edit)},
               {"list", difference.list},
               {"section", difference.section},
               {"name", difference.name}};
  if (difference.place_before > 0) json["place_before"] = difference.place_before;
  if (difference.place_after > 0) json["place_after"] = difference.place_after;
  if (!difference.before.empty()) json["before"] = difference.before;
  if (!difference.after.empty()) json["after"] = difference.after;
  return json;
}

std::string difference_text(const EntryDifference& difference) {
  std::string text = fmt::format("{} {}, {}: {}", difference.list, difference.section, difference.name,
                                 entry_edit_name(difference.edit));
  if (difference.edit == EntryEdit::kMoved)
    text += fmt::format(" from position {} to {}", difference.place_before, difference.place_after);
  text += '\n';
  if (!difference.before.empty()) text += fmt::format("  - {}\n", difference.before);
  if (!difference.after.empty()) text += fmt::format("  + {}\n", difference.after);
  return text;
}

Result<ExitCode> run_diff(Session& session, const DocumentWords& words, const DiffOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const Sides sides, sides_of(workspace.control_plane, words, options));
  APPORTION_ASSIGN(const auto differences,
                   document_differences(sides.before.text, sides.before.name, sides.after.text, sides.after.name));
  if (session.json()) {
    Json list = Json::array();
    for (const EntryDifference& difference : differences) list.push_back(difference_json(difference));
    session.console().print_json(
        {{"before", sides.before.name}, {"after", sides.after.name}, {"differences", std::move(list)}});
    return kExitDone;
  }
  for (const EntryDifference& difference : differences) session.console().print_text(difference_text(difference));
  session.console().say(fmt::format("from {} to {}: {}", sides.before.name, sides.after.name,
                                    differences.empty()
                                        ? std::string("no differences, except perhaps in comments and layout")
                                        : count_of(static_cast<std::int64_t>(differences.size()), "difference")));
  return kExitDone;
}

Result<ExitCode> run_apply(Session& session, const DocumentWords& words, const DocumentApplyOptions& options) {
  APPORTION_ASSIGN(std::string text, read_file(options.file));
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  Json document = Json::object();
  if (options.review.dry_run) document["file"] = options.file;
  return apply_text(session, writable, words, {std::move(text), options.file}, options, std::move(document));
}

Result<ExitCode> run_revert(Session& session, const DocumentWords& words, const RevertOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_ASSIGN(const Document old,
                   writable.workspace.control_plane.document(words.kind, DocumentVersion(options.version)));
  const NamedText given{old.text, fmt::format("version {}", options.version)};
  return apply_text(session, writable, words, given, options.apply, {{"reverted_to", options.version}});
}

}  // namespace

void DocumentApplyOptions::add_options(CLI::App* command) {
  command->add_flag("--no-split", no_split, "Leave the published months as they are until the next sync or split");
  review.add_options(command);
}

void add_apply_command(CLI::App& group, Action& action, const DocumentWords& words) {
  auto options = std::make_shared<DocumentApplyOptions>();
  CLI::App* apply =
      add_command(group, "apply", "Put a file in force, and split all unlocked months by it",
                  fmt::format("  apportion {0} apply FILE\n  apportion {0} apply FILE --dry-run", words.command));
  apply->add_option("FILE", options->file, "File (YAML)")->required();
  options->add_options(apply);
  on_chosen(apply, action, options,
            [words](Session& session, const DocumentApplyOptions& given) { return run_apply(session, words, given); });
}

void add_diff_command(CLI::App& group, Action& action, const DocumentWords& words) {
  auto options = std::make_shared<DiffOptions>();
  CLI::App* diff = add_command(
      group, "diff", "Show the differences between two versions, or between a file and the version in force",
      fmt::format("  apportion {0} diff\n  apportion {0} diff FILE\n  apportion {0} diff 3 5", words.command));
  diff->add_option("A", options->before, "A version or a file (default: the version before the one in force)");
  diff->add_option("B", options->after, "A version or a file to compare A with (default: the version in force)");
  on_chosen(diff, action, options,
            [words](Session& session, const DiffOptions& given) { return run_diff(session, words, given); });
}

void add_revert_command(CLI::App& group, Action& action, const DocumentWords& words) {
  auto options = std::make_shared<RevertOptions>();
  CLI::App* revert =
      add_command(group, "revert", "Put an older version in force again, as a new version",
                  fmt::format("  apportion {0} revert 3 --dry-run\n  apportion {0} revert 3", words.command));
  revert->add_option("VERSION", options->version, fmt::format("Number from `{} history`", words.command))->required();
  options->apply.add_options(revert);
  on_chosen(revert, action, options,
            [words](Session& session, const RevertOptions& given) { return run_revert(session, words, given); });
}

}  // namespace apportion
