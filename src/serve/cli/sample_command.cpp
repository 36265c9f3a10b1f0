#include <cstdint>

#include <fmt/format.h>

#include "foundation/base/count_text.h"
#include "foundation/base/text.h"
#include "sample/sample.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/step_wording.h"

namespace apportion {
namespace {

struct SampleCommandOptions {
  SampleOptions sample;
  bool no_focus = false;
  bool no_restatements = false;
  std::optional<MonthRange> months;
};

Json report_json(const SampleReport& report) {
  Json runs = Json::array();
  for (const SampleRun& run : report.runs) {
    runs.push_back({{"export", run.export_name},
                    {"month", run.month.to_string()},
                    {"folder", run.folder.string()},
                    {"rows", run.rows},
                    {"bytes", run.bytes},
                    {"parts", run.parts}});
  }
  return {{"rows", report.rows},
          {"bytes", report.bytes},
          {"customers_file", report.customers_file.string()},
          {"rules_file", report.rules_file.string()},
          {"runs", std::move(runs)}};
}

Result<ExitCode> run_sample(Session& session, const SampleCommandOptions& options) {
  SampleOptions sample = options.sample;
  sample.today = session.clock().today();
  if (options.months) {
    sample.from = options.months->first;
    sample.to = options.months->last;
  }
  sample.focus = !options.no_focus;
  sample.restatements = !options.no_restatements;
  Console& console = session.console();
  APPORTION_ASSIGN(const SampleReport report, write_sample(sample, [&console](const SampleProgress& progress) {
                     console.progress(fmt::format("writing {}: {} of about {}", progress.month.to_string(),
                                                  count_of(static_cast<std::int64_t>(progress.rows_done), "row"),
                                                  count_of(static_cast<std::int64_t>(progress.rows_expected), "row")));
                   }));
  if (session.json()) {
    console.print_json(report_json(report));
    return kExitDone;
  }
  const std::string out = sample.out.string();
  console.say(fmt::format("wrote {} in {} to {}", count_of(static_cast<std::int64_t>(report.rows), "row"),
                          count_of(static_cast<std::int64_t>(report.runs.size()), "run"), out));
  if (sample.indirect || sample.distributor_differences) {
    console.say(fmt::format("next: a connection for each folder of {}, with --allow-retail-prices, and for the "
                            "distributor:\n  apportion connection add --name distributor --distributor {}",
                            out + "/exports", shell_word(out + "/distributor/columns.yaml")));
    return kExitDone;
  }
  console.say(
      fmt::format("next:\n  apportion connection add --name sample --actual {} --amortized {}\n"
                  "  apportion customer import {}\n  apportion rules apply {}\n  apportion sync",
                  shell_word(out + "/exports/actual-cost"), shell_word(out + "/exports/amortized-cost"),
                  shell_word(report.customers_file.string()), shell_word(report.rules_file.string())));
  return kExitDone;
}

}  // namespace

void add_sample_command(Command app, Action& action) {
  auto options = std::make_shared<SampleCommandOptions>();
  SampleOptions& sample = options->sample;
  Command command =
      add_command(app, "sample", "Write the exports of an invented partner, in Azure's layout",
                  "  apportion sample --out /tmp/sample --months 2026-08..2026-10 --customers 40 --rows 20000");
  command.add_option("--out", sample.out, "Folder to write to").required().type_name("DIR");
  command.add_option("--seed", sample.seed, "The same seed writes the same bytes").type_name("N").show_default();
  add_month_range_option(command, options->months, "First and last month (default: the last three months)");
  command.add_option("--customers", sample.customers, "Number of customers").type_name("N").show_default();
  command.add_option("--rows", sample.rows, "Approximate number of rows per month").type_name("N").show_default();
  command
      .add_option(
          "--format", [&sample](const std::string& text) { sample.format = *parse_sample_format(text); },
          "csv, csv.gz or parquet (default: csv)")
      .check([](const std::string& text) {
        return parse_sample_format(text) ? std::string() : "`" + text + "` is not a format; use csv, csv.gz or parquet";
      })
      .type_name("FORMAT");
  command.add_flag("--quirks", sample.quirks,
                   "Include the oddities of real files: BOM, other headers, exponents, line ends");
  command.add_flag(
      "--invoices", sample.invoices,
      "Also write Microsoft's own lines of each invoice, as Partner Center delivers them, and the bill of a "
      "legacy product");
  command.add_flag("--invoice-differences", sample.invoice_differences,
                   "Plant a difference of each class into these lines, and write what `reconcile` must find");
  command.add_flag("--indirect", sample.indirect,
                   "Write what an indirect reseller has instead: exports of each subscription at retail prices, and "
                   "the bills of its distributor");
  command.add_flag("--distributor-differences", sample.distributor_differences,
                   "Plant a difference of each class into these bills, and write what `reconcile` must find");
  command.add_flag("--no-focus", options->no_focus, "Leave out the FOCUS export");
  command.add_flag("--no-restatements", options->no_restatements, "Leave out earlier runs that later ones replace");
  on_chosen(command, action, options, run_sample);
}

}  // namespace apportion
