#include <filesystem>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "application/focus_files.h"
#include "foundation/base/count_text.h"
#include "foundation/base/files.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/dataset_output.h"
#include "serve/cli/engine_option.h"
#include "serve/cli/month_scope.h"
#include "serve/cli/step_wording.h"
#include "serve/cli/table_output.h"
#include "serve/format/focus_file.h"
#include "serve/format/text_file.h"

namespace apportion {
namespace {

struct FocusOptions {
  MonthOptions scope;
  std::optional<std::string> customer;
  std::string issuer;
  bool allow_unknown = false;
  std::optional<std::string> engine;
  DatasetOutput output;
};

std::filesystem::path metadata_path(const std::filesystem::path& out) { return out.string() + ".focus.json"; }

Result<void> write_rows(Session& session, const DatasetOutput& output, std::string_view format, FocusDataset& dataset,
                        const Json& metadata, const std::filesystem::path& path) {
  if (format == "parquet") return write_focus_parquet(dataset, metadata, session.cancel(), path);
  return write_text_file(path, format, [&](std::ostream& out) {
    return write_focus_csv(dataset, output.text_mode(), session.cancel(), out);
  });
}

// The old metadata goes first: it must never stand beside rows that it does not describe.
Result<void> write_both(Session& session, const DatasetOutput& output, std::string_view format, FocusDataset& dataset,
                        const Json& metadata) {
  const std::filesystem::path about = metadata_path(output.out);
  const auto write = [&](const std::filesystem::path& path) -> Result<void> {
    APPORTION_TRY(write_rows(session, output, format, dataset, metadata, path));
    std::error_code failure;
    std::filesystem::remove(about, failure);
    return failure ? Result<void>(file_error("the old metadata could not be removed", about, failure.value())) : ok();
  };
  APPORTION_TRY(replace_file(output.out, write));
  return replace_file(about, [&](const std::filesystem::path& path) {
    return write_text_file(path, "json", [&](std::ostream& out) {
      out << metadata.dump(2) << '\n';
      return ok();
    });
  });
}

void tell_months(Console& console, const MonthCoverage& coverage) {
  for (const std::string& hole : coverage.holes) console.say(with_commands(hole));
  for (const auto& [month, state] : coverage.states) {
    if (state == "open")
      console.say(fmt::format("{} is open: Microsoft may still change its charges", month.to_string()));
  }
}

void tell_unknown_costs(Console& console, const FocusDataset& dataset) {
  for (const FocusTotals& totals : dataset.totals()) {
    for (std::size_t i = 0; i < kFocusCosts.size(); ++i) {
      if (totals.costs[i].unknown_rows == 0) continue;
      console.say(fmt::format("{} is empty in {} in {}: it is unknown, and not zero", kFocusCosts[i],
                              count_of(totals.costs[i].unknown_rows, "row"), totals.currency.code()));
    }
  }
}

void tell_view(Console& console, const FocusOptions& options, const FocusDataset& dataset) {
  if (!dataset.view())
    return console.say(
        "the file shows what the partner pays and earns; for a customer's own file, name the customer: --customer ID");
  const std::string_view shown = *dataset.view() == CustomerView::kList   ? "list costs, and not what you pay"
                                 : *dataset.view() == CustomerView::kCost ? "what you pay, and no list costs"
                                                                          : "list costs, and what you pay";
  console.say(fmt::format("{} sees {} (view `{}`)", *options.customer, shown, customer_view_name(*dataset.view())));
}

Result<ExitCode> run_focus(Session& session, const FocusOptions& options) {
  APPORTION_ASSIGN(const std::string format, options.output.chosen_format());
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(EngineReading reading, open_engine_reading_alone(session, workspace, options.engine));
  const FocusFileRequest request{options.scope.scope_for(session.caller()), options.customer, options.issuer,
                                 options.allow_unknown};
  APPORTION_ASSIGN(FocusFile file, open_focus_file(session.caller(), workspace, reading.lake(), request));
  const MonthCoverage& coverage = file.coverage;
  FocusAbout about{fmt::format("Apportion {}", program_version()), coverage.states, coverage.data_as_of, {}};
  for (const std::string& hole : coverage.holes) about.notes.push_back(with_commands(hole));
  const Json metadata = focus_metadata(file.dataset, about);
  APPORTION_TRY(write_both(session, options.output, format, file.dataset, metadata));
  Console& console = session.console();
  const std::string out = options.output.out.string();
  if (session.json()) {
    console.print_json({{"file", out},
                        {"format", format},
                        {"metadata_file", metadata_path(options.output.out).string()},
                        {"view", metadata["View"]},
                        {"rows", file.dataset.rows()},
                        {"months", metadata["Months"]},
                        {"sums", metadata["Sums"]},
                        {"unknown_costs", metadata["UnknownCosts"]}});
  }
  console.say(fmt::format("wrote {} to {}, and about them to {}", count_of(file.dataset.rows(), "row"), out,
                          metadata_path(options.output.out).string()));
  tell_view(console, options, file.dataset);
  tell_unknown_costs(console, file.dataset);
  tell_months(console, coverage);
  tell_engine(session, reading);
  return kExitDone;
}

}  // namespace

void add_dataset_focus_command(Command group, Action& action) {
  auto options = std::make_shared<FocusOptions>();
  Command command = add_command(group, "focus", "Write the charges of a customer, or all, as a FOCUS 1.2 file",
                                "  apportion dataset focus --customer contoso --month 2026-10 --out contoso.csv\n"
                                "  apportion dataset focus --from 2026-08 --to 2026-10 --out all.parquet");
  add_months_options(command, options->scope.month, options->scope.first_month, options->scope.last_month);
  add_connection_option(command, options->scope.connection, "This connection only (default: all)");
  command
      .add_option("--customer", options->customer,
                  "The file of this customer, with the costs that it sees (`customer edit --sees`), or the rows of "
                  "`unassigned` (default: all rows, for the partner)")
      .type_name("ID");
  command
      .add_option("--issuer", options->issuer,
                  "Your name as the issuer of invoices in a customer's file (default: as the charges say)")
      .type_name("NAME");
  command.add_flag("--allow-unknown", options->allow_unknown,
                   "Leave unknown costs empty, which FOCUS does not allow, and say so in the metadata");
  add_engine_option(command, options->engine);
  options->output.add_options(command);
  on_chosen(command, action, options, run_focus);
}

}  // namespace apportion
