/// How a change of amounts is shown, and how a person is asked before it is made. Internal to `cli`.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

#include "application/publish.h"
#include "query/amount_changes.h"
#include "query/table.h"
#include "serve/cli/console.h"
#include "serve/cli/session.h"

namespace apportion {

/// What the caller of a changing command says of looking at the change first.
struct ReviewOptions {
  bool dry_run = false;
  bool yes = false;
  bool all = false;

  /// --dry-run, --yes and --all.
  void add_options(CLI::App* command);
  /// --all alone, for previews.
  void add_all_option(CLI::App* command);
};

/// A row a connection, month, customer and currency: Connection, Month, CustomerId, BillingCurrency, then Old, New and
/// Difference of BilledCost and EffectiveCost, and Reason.
Table change_rows(const AmountChanges& changes);

/// For people: a row a customer and currency, over all months; the largest 20 of each currency and the others as one
/// row, unless `all`.
Table change_table(const AmountChanges& changes, bool all);

/// Adds `changes` and `unassigned_tenants`.
void add_changes(Json& document, const AmountChanges& changes);

/// The tables, and who gains and who loses as talk, with the month where all is of one; `Nothing would change` plainly.
Result<void> show_changes(Console& console, const AmountChanges& changes, bool all);

/// Shows the change, and asks on a terminal whether to make it: where amounts change, or `always`. Without a terminal,
/// with --yes and with --json it is made; with --dry-run it is not. The options and the session must outlive it.
Review review_of(Session& session, const ReviewOptions& options, bool always = false);

/// Asks a yes-or-no question on the terminal; yes where there is none, or --yes or --json is given.
bool confirmed(Session& session, const ReviewOptions& options, const std::string& question);

/// What a command answers whose review said no: by --dry-run it is done, by a person's no it is not.
ExitCode told_left_alone(Session& session, const ReviewOptions& options);

}  // namespace apportion
