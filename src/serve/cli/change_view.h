/// Shows a change of amounts and asks a person before it is made. Internal to `cli`.
#pragma once

#include <string>

#include "application/publish.h"
#include "query/amount_changes.h"
#include "query/table.h"
#include "serve/cli/command.h"
#include "serve/cli/console.h"
#include "serve/cli/session.h"

namespace apportion {

/// How the caller of a command that changes amounts wants to review the change first.
struct ReviewOptions {
  bool dry_run = false;
  bool yes = false;
  bool all = false;

  /// --dry-run, --yes and --all.
  void add_options(Command command);
  /// --dry-run alone, for what changes no amounts.
  void add_dry_run_option(Command command);
  /// --all alone, for previews.
  void add_all_option(Command command);
};

/// For people: one row per customer and currency, over all months; the largest 20 of each currency and the others as
/// one row, unless `all`.
Table change_table(const AmountChanges& changes, bool all);

/// Prints the tables and, as talk, who gains and who loses, with the month if there is only one; or that nothing would
/// change.
Result<void> show_changes(Console& console, const AmountChanges& changes, bool all);

/// Shows the change, and asks on a terminal whether to make it: if amounts change, or `always`. Without a terminal,
/// with --yes and with --json it is made; with --dry-run it is not. The options and the session must outlive it.
Review review_of(Session& session, const ReviewOptions& options, bool always = false);

/// Asks a yes-or-no question on the terminal. Yes without a terminal, or with --yes or --json.
bool confirmed(Session& session, const ReviewOptions& options, const std::string& question);

/// The exit code of a command whose review said no: success after --dry-run, a failed check after a person's no.
ExitCode told_left_alone(Session& session, const ReviewOptions& options);

}  // namespace apportion
