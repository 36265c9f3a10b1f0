#include "serve/cli/document_commands.h"

#include <charconv>
#include <cstdint>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "foundation/base/count_text.h"
#include "foundation/base/files.h"
#include "serve/cli/flow_view.h"
#include "serve/format/version_document.h"

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

struct ShowOptions {
  std::optional<std::int64_t> version;
};

struct HistoryOptions {};

// Nothing was changed: by --dry-run, or by a person's no.
ExitCode tell_left_alone(Session& session, const DocumentWords& words, const DocumentApplyOptions& options,
                         const DocumentOutcome& outcome) {
  if (options.review.dry_run) {
    session.console().say(outcome.is_new
                              ? fmt::format("the file is valid and would become the {} in force", words.things)
                              : std::string("the file is already in force"));
  }
  const ExitCode problems = show_flow(session, outcome.report);
  return problems != kExitDone ? problems : told_left_alone(session, options.review);
}

Result<ExitCode> apply_text(Session& session, WritableWorkspace& writable, const DocumentWords& words,
                            DocumentText given, const DocumentApplyOptions& options, Json asked) {
  APPORTION_ASSIGN(const AdmittedDocument admitted, admit_told(session, writable.workspace, std::move(given)));
  const bool dry_run = options.review.dry_run;
  APPORTION_ASSIGN(const DocumentOutcome outcome,
                   apply_document(writable, admitted, {options.no_split, dry_run, review_of(session, options.review)}));
  if (session.json()) session.console().print_json(applied_document_json(std::move(asked), admitted, outcome, dry_run));
  if (dry_run || outcome.report.left_alone) return tell_left_alone(session, words, options, outcome);
  session.console().say(fmt::format("version {} of the {} {} in force", outcome.version->raw(), words.things,
                                    outcome.is_new ? "is now" : "was already"));
  if (options.no_split) APPORTION_TRY(say_stale_months(session, writable.workspace));
  return show_flow(session, outcome.report);
}

// One side of a comparison: the number of a version, or a file. Nothing: it was not given.
Result<std::optional<DocumentSide>> side_of(DocumentKind kind, const std::string& given) {
  if (given.empty()) return std::optional<DocumentSide>();
  std::int64_t number = 0;
  const auto [end, failure] = std::from_chars(given.data(), given.data() + given.size(), number);
  const bool is_number = failure == std::errc() && end == given.data() + given.size();
  if (is_number) return std::optional<DocumentSide>(DocumentVersion(number));
  APPORTION_ASSIGN(DocumentText text, read_document(kind, given));
  return std::optional<DocumentSide>(std::move(text));
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
  APPORTION_ASSIGN(const auto first, side_of(words.kind, options.before));
  APPORTION_ASSIGN(const auto second, side_of(words.kind, options.after));
  APPORTION_ASSIGN(const DocumentComparison compared,
                   compare_documents(session.caller(), workspace.control_plane, words.kind, first, second));
  if (session.json()) {
    session.console().print_json(comparison_json(compared));
    return kExitDone;
  }
  for (const EntryDifference& difference : compared.differences)
    session.console().print_text(difference_text(difference));
  session.console().say(fmt::format(
      "from {} to {}: {}", compared.before, compared.after,
      compared.differences.empty() ? std::string("no differences, except perhaps in comments and layout")
                                   : count_of(static_cast<std::int64_t>(compared.differences.size()), "difference")));
  return kExitDone;
}

Result<ExitCode> run_apply(Session& session, const DocumentWords& words, const DocumentApplyOptions& options) {
  APPORTION_ASSIGN(DocumentText text, read_document(words.kind, options.file));
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  Json asked = Json::object();
  if (options.review.dry_run) asked["file"] = options.file;
  return apply_text(session, writable, words, std::move(text), options, std::move(asked));
}

Result<ExitCode> run_revert(Session& session, const DocumentWords& words, const RevertOptions& options) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_ASSIGN(DocumentText text,
                   text_of_version(writable.workspace.control_plane, words.kind, DocumentVersion(options.version)));
  return apply_text(session, writable, words, std::move(text), options.apply, {{"reverted_to", options.version}});
}

Result<ExitCode> run_show(Session& session, const DocumentWords& words, const ShowOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  std::optional<DocumentVersion> chosen;
  if (options.version) chosen = DocumentVersion(*options.version);
  APPORTION_ASSIGN(const Document version,
                   applied_document(session.caller(), workspace.control_plane, words.kind, chosen));
  if (session.json()) {
    session.console().print_json(version_json(version));
    return kExitDone;
  }
  session.console().detail(fmt::format("version {}, applied at {}", version.version.raw(), version.applied_at));
  session.console().print_data(version.text);
  if (!version.text.ends_with('\n')) session.console().print_data("\n");
  return kExitDone;
}

Result<ExitCode> run_history(Session& session, const DocumentWords& words, const HistoryOptions& /*options*/) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto versions, document_versions(session.caller(), workspace.control_plane, words.kind));
  if (session.json()) {
    session.console().print_json(versions_json(versions));
    return kExitDone;
  }
  Table table;
  table.columns = {{"Version", TableKind::kInteger},
                   {"AppliedAt"},
                   {"Lists", TableKind::kInteger},
                   {words.entries, TableKind::kInteger}};
  for (const DocumentSummary& version : versions)
    table.rows.push_back({version.version.raw(), version.applied_at, version.lists, version.entries});
  if (versions.empty()) {
    table.notices.push_back(
        fmt::format("no {} has been applied yet; see apportion {} apply FILE", words.file, words.command));
  }
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

}  // namespace

void DocumentApplyOptions::add_options(Command command) {
  command.add_flag("--no-split", no_split, "Leave the published months as they are until the next sync or split");
  review.add_options(command);
}

Result<DocumentText> read_document(DocumentKind kind, const std::string& file) {
  APPORTION_ASSIGN(std::string text, read_file(file));
  return DocumentText{kind, std::move(text), file};
}

Result<AdmittedDocument> admit_told(Session& session, const Workspace& workspace, DocumentText document) {
  const std::string name = document.name;
  return admit_document(session.caller(), workspace, std::move(document),
                        [&](const RuleFinding& warning) { session.console().say(finding_text(warning, name)); });
}

void add_apply_command(Command group, Action& action, const DocumentWords& words) {
  auto options = std::make_shared<DocumentApplyOptions>();
  Command apply =
      add_command(group, "apply", "Put a file in force, and split all unlocked months by it",
                  fmt::format("  apportion {0} apply FILE\n  apportion {0} apply FILE --dry-run", words.command));
  apply.add_option("FILE", options->file, "File (YAML)").required();
  options->add_options(apply);
  on_chosen(apply, action, options,
            [words](Session& session, const DocumentApplyOptions& given) { return run_apply(session, words, given); });
}

void add_diff_command(Command group, Action& action, const DocumentWords& words) {
  auto options = std::make_shared<DiffOptions>();
  Command diff = add_command(
      group, "diff", "Show the differences between two versions, or between a file and the version in force",
      fmt::format("  apportion {0} diff\n  apportion {0} diff FILE\n  apportion {0} diff 3 5", words.command));
  diff.add_option("A", options->before, "A version or a file (default: the version before the one in force)");
  diff.add_option("B", options->after, "A version or a file to compare A with (default: the version in force)");
  on_chosen(diff, action, options,
            [words](Session& session, const DiffOptions& given) { return run_diff(session, words, given); });
}

void add_revert_command(Command group, Action& action, const DocumentWords& words) {
  auto options = std::make_shared<RevertOptions>();
  Command revert =
      add_command(group, "revert", "Put an older version in force again, as a new version",
                  fmt::format("  apportion {0} revert 3 --dry-run\n  apportion {0} revert 3", words.command));
  revert.add_option("VERSION", options->version, fmt::format("Number from `{} history`", words.command)).required();
  options->apply.add_options(revert);
  on_chosen(revert, action, options,
            [words](Session& session, const RevertOptions& given) { return run_revert(session, words, given); });
}

void add_show_command(Command group, Action& action, const DocumentWords& words) {
  auto options = std::make_shared<ShowOptions>();
  Command show = add_command(group, "show", "Print the file in force, or an older version",
                             fmt::format("  apportion {0} show\n  apportion {0} show 3", words.command));
  show.add_option("VERSION,--version", options->version,
                  fmt::format("Number from `{} history` (default: the one in force)", words.command));
  on_chosen(show, action, options,
            [words](Session& session, const ShowOptions& given) { return run_show(session, words, given); });
}

void add_history_command(Command group, Action& action, const DocumentWords& words) {
  Command history = add_command(group, "history", "List all applied versions, newest first",
                                fmt::format("  apportion {} history", words.command));
  on_chosen(history, action, std::make_shared<HistoryOptions>(),
            [words](Session& session, const HistoryOptions& given) { return run_history(session, words, given); });
}

}  // namespace apportion
