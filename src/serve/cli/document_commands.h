/// What split rules and commitment policies have in common on the command line: applying a text after a review of what
/// it changes, comparing versions, reverting to one, showing what was applied. Internal to `cli`.
#pragma once

#include <string>
#include <vector>

#include "application/documents.h"
#include "foundation/model/document.h"
#include "serve/cli/change_view.h"
#include "serve/cli/commands_internal.h"

namespace apportion {

struct DocumentWords {
  DocumentKind kind = DocumentKind::kRules;
  std::string things;   ///< `split rules`
  std::string command;  ///< `rules`
  std::string file;     ///< `rule file`
  std::string entries;  ///< `Rules`
};

struct DocumentApplyOptions {
  std::string file;
  bool no_split = false;
  ReviewOptions review;

  void add_options(Command command);
};

Result<DocumentText> read_document(DocumentKind kind, const std::string& file);

/// Admits a document, with its warnings as talk.
Result<AdmittedDocument> admit_told(Session& session, const Workspace& workspace, DocumentText document);

/// `apply FILE`.
void add_apply_command(Command group, Action& action, const DocumentWords& words);
/// `diff [A [B]]`: versions or files.
void add_diff_command(Command group, Action& action, const DocumentWords& words);
/// `revert VERSION`: the old text as a new version.
void add_revert_command(Command group, Action& action, const DocumentWords& words);
/// `show [VERSION]`.
void add_show_command(Command group, Action& action, const DocumentWords& words);
/// `history`.
void add_history_command(Command group, Action& action, const DocumentWords& words);

}  // namespace apportion
