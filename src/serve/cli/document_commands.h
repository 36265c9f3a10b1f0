/// What split rules and commitment policies have in common on the command line: applying a text after a review of what
/// it changes, comparing versions, reverting to one. Internal to `cli`.
#pragma once

#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "foundation/model/document.h"
#include "serve/cli/change_view.h"
#include "serve/cli/commands_internal.h"

namespace apportion {

struct DocumentWords {
  DocumentKind kind = DocumentKind::kRules;
  std::string things;   ///< `split rules`
  std::string command;  ///< `rules`
  /// Refuses a text that must not be used; its answer becomes part of the command's JSON document.
  std::function<Result<Json>(Session&, const Workspace&, const std::string& text, const std::string& name)> admit;
};

struct DocumentApplyOptions {
  std::string file;
  bool no_split = false;
  ReviewOptions review;

  void add_options(CLI::App* command);
};

/// `apply FILE`.
void add_apply_command(CLI::App& group, Action& action, const DocumentWords& words);
/// `diff [A [B]]`: versions or files.
void add_diff_command(CLI::App& group, Action& action, const DocumentWords& words);
/// `revert VERSION`: the old text as a new version.
void add_revert_command(CLI::App& group, Action& action, const DocumentWords& words);

}  // namespace apportion
