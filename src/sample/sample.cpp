#include "sample/sample.h"

#include <algorithm>

#include <fmt/format.h>

#include "foundation/base/files.h"
#include "sample/charges.h"
#include "sample/indirect_reseller.h"
#include "sample/invoice_files.h"
#include "sample/legacy_bill.h"
#include "sample/rows.h"
#include "sample/run_writer.h"
#include "sample/side_files.h"

namespace apportion {
namespace sample {
namespace {

constexpr std::uint64_t kRowsBetweenReports = 1 << 16;
constexpr std::uint64_t kRunsOfMonthMax = 16;

Error usage_error(std::string what, std::string why, std::string next) {
  return {ErrorId::kSampleRequestWrong, std::move(what), "", std::move(why), std::move(next)};
}

Result<void> check_options(const SampleOptions& options, Month from, Month to) {
  if (options.today == Day(0)) {
    return usage_error("the sample has no day", "`today` is not set", "pass the day on which the exports are viewed");
  }
  if (from > to) {
    return usage_error("the months of the sample are in the wrong order",
                       from.to_string() + " is after " + to.to_string(),
                       "give the earlier month first: --months 2026-08..2026-10");
  }
  if (to > Month::of(options.today)) {
    return usage_error("the sample cannot know the future", to.to_string() + " has not begun",
                       "end with the current month at the latest");
  }
  if (options.customers < 3 || options.customers > 100'000) {
    return usage_error("the number of customers is out of range",
                       fmt::format("{} is not between 3 and 100,000", options.customers),
                       "give --customers a number in that range");
  }
  if (options.rows == 0 || options.rows > 10'000'000'000) {
    return usage_error("the number of rows is out of range",
                       fmt::format("{} is not between 1 and 10,000,000,000", options.rows),
                       "give --rows a number in that range");
  }
  if (options.part_bytes_max < 10'000) {
    return usage_error("the size of parts is too small",
                       fmt::format("{} bytes are less than 10,000", options.part_bytes_max), "choose a larger size");
  }
  std::error_code failure;
  if (std::filesystem::exists(options.out / "exports", failure)) {
    return usage_error("the folder already contains exports", (options.out / "exports").string() + " exists",
                       "choose another folder with --out, or delete this one first");
  }
  return ok();
}

/// A time at which the exports of a month were run.
struct RunOccasion {
  RunTime time;
  RunView view;
  bool latest;
};

std::vector<RunOccasion> occasions_of(const SampleOptions& options, Month month) {
  const Day today = options.today;
  if (month.contains(today)) {
    return {{{month, today, today, "MonthToDate"}, {true, false, today}, true}};
  }
  const Day end = month.last_day();
  Draws draws(options.seed, Stream::kRun, 1'000'000, month_index(month));
  const Day second_day = end.plus_days(static_cast<std::int32_t>(draws.between(5, 6)));
  const bool second_due = second_day <= today;
  std::vector<RunOccasion> occasions;
  if (options.restatements || !second_due) {
    occasions.push_back({{month, end.plus_days(1), end, "MonthToDate"}, {false, false, end}, !second_due});
  }
  if (second_due) {
    occasions.push_back({{month, second_day, end, "TheLastMonth"}, {true, true, end}, true});
  }
  return occasions;
}

class SampleWriter {
 public:
  SampleWriter(const SampleOptions& options, Month from, Month to,
               const std::function<void(const SampleProgress&)>& progress)
      : options_(options),
        from_(from),
        to_(to),
        world_(make_world(options, from)),
        progress_(progress),
        done_{from, 0, 0} {}

  Result<SampleReport> write() {
    count_expected_rows();
    if (options_.quirks) {
      APPORTION_TRY(write_empty_month(from_.plus_months(-1)));
    }
    for (Month month = from_; month <= to_; month = month.plus_months(1)) {
      APPORTION_TRY(write_month(month));
    }
    report_.customers_file = options_.out / "customers.csv";
    report_.rules_file = options_.out / "rules.yaml";
    APPORTION_TRY(write_customers(world_, report_.customers_file));
    APPORTION_TRY(write_rules(world_, report_.rules_file));
    APPORTION_TRY(write_readme(world_, options_.out / "README.txt"));
    return std::move(report_);
  }

 private:
  void count_expected_rows() {
    for (Month month = from_; month <= to_; month = month.plus_months(1)) {
      for (const RunOccasion& occasion : occasions_of(options_, month)) {
        done_.rows_expected += options_.rows * (occasion.latest && options_.focus ? 3 : 2);
      }
    }
  }

  Result<RunWriter> begin_run(ExportKind kind, const RunTime& time) {
    const std::uint64_t number = month_index(time.month) * kRunsOfMonthMax + runs_of_month_++;
    const Dialect dialect = options_.quirks ? Dialect::draw(options_.seed, number) : Dialect();
    return RunWriter::begin({kind, time, dialect, options_.seed, number, world_.billing_account_id, "", options_.out,
                             options_.format, options_.part_bytes_max});
  }

  Result<void> finish_run(RunWriter& writer) {
    APPORTION_ASSIGN(SampleRun run, writer.finish());
    add_run(std::move(run));
    return ok();
  }

  /// Runs of a month without any use: header only.
  Result<void> write_empty_month(Month month) {
    runs_of_month_ = 0;
    const RunTime time{month, month.last_day().plus_days(1), month.last_day(), "MonthToDate"};
    for (const ExportKind kind : {ExportKind::kActual, ExportKind::kAmortized}) {
      APPORTION_ASSIGN(RunWriter run, begin_run(kind, time));
      APPORTION_TRY(finish_run(run));
    }
    return ok();
  }

  Result<void> write_month(Month month) {
    runs_of_month_ = 0;
    const MonthCharges charges(world_, month, options_.rows);
    if (options_.indirect || options_.distributor_differences) return write_indirect(charges);
    for (const RunOccasion& occasion : occasions_of(options_, month)) {
      APPORTION_TRY(write_costs(charges, occasion));
      if (occasion.latest) {
        APPORTION_TRY(write_side_exports(charges, occasion));
      }
    }
    return ok();
  }

  Result<void> write_indirect(const MonthCharges& charges) {
    const RunOccasion occasion = occasions_of(options_, charges.month()).back();
    const MonthTexts texts(world_, charges.month(), occasion.view);
    const bool is_billed = charges.month().last_day() < options_.today;
    const IndirectMonth month{options_, charges, texts, occasion.view, occasion.time, is_billed};
    APPORTION_ASSIGN(auto runs, write_indirect_month(month, [&] { count_row(charges.month()); }));
    for (SampleRun& run : runs) add_run(std::move(run));
    return ok();
  }

  void add_run(SampleRun run) {
    report_.rows += run.rows;
    report_.bytes += run.bytes;
    report_.runs.push_back(std::move(run));
  }

  Result<void> write_costs(const MonthCharges& charges, const RunOccasion& occasion) {
    const MonthTexts texts(world_, charges.month(), occasion.view);
    APPORTION_ASSIGN(RunWriter actual, begin_run(ExportKind::kActual, occasion.time));
    APPORTION_ASSIGN(RunWriter amortized, begin_run(ExportKind::kAmortized, occasion.time));
    std::optional<RunWriter> focus;
    if (occasion.latest && options_.focus) {
      APPORTION_ASSIGN(focus, begin_run(ExportKind::kFocus, occasion.time));
    }
    std::optional<InvoiceFiles> invoices;
    if ((options_.invoices || options_.invoice_differences) && occasion.latest && texts.invoiced()) {
      APPORTION_ASSIGN(invoices, InvoiceFiles::begin(texts, options_.out / "invoices", options_.invoice_differences));
    }
    std::optional<LegacyBill> legacy;
    if (options_.invoices && invoices) legacy.emplace(texts, charges.month());
    Charge charge;
    RowText text;
    Cells cells;
    Cells focus_cells;
    for (std::uint64_t index = 0; index < charges.size(); ++index) {
      text.clear();
      if (!charges.make(index, occasion.view, charge, text)) {
        continue;
      }
      fill_cost_row(charge, texts, text, cells);
      if (charge.in_amortized) {
        APPORTION_TRY(amortized.add(cells));
        count_row(charges.month());
      }
      if (charge.in_actual) {
        if (charge.covered) {
          clear_cost(cells);
        }
        APPORTION_TRY(actual.add(cells));
        count_row(charges.month());
      }
      if (focus) {
        fill_focus_row(charge, texts, focus->dialect().has(Quirk::kWrongEffectiveCost), text, focus_cells);
        APPORTION_TRY(focus->add(focus_cells));
        count_row(charges.month());
      }
      if (invoices) APPORTION_TRY(invoices->add(charge, text));
      if (legacy) legacy->add(charge, text);
    }
    if (invoices) {
      const std::string name = fmt::format("invoice-differences-{}.csv", charges.month().to_string());
      APPORTION_TRY(invoices->finish(options_.out / name));
    }
    if (legacy) APPORTION_TRY(write_legacy_bill(*legacy, charges.month()));
    APPORTION_TRY(finish_run(actual));
    APPORTION_TRY(finish_run(amortized));
    return focus ? finish_run(*focus) : ok();
  }

  Result<void> write_legacy_bill(const LegacyBill& legacy, Month month) {
    const std::filesystem::path folder = options_.out / "legacy";
    APPORTION_TRY(make_folder(folder));
    APPORTION_TRY(write_legacy_columns(folder / "columns.yaml"));
    return legacy.finish(folder / fmt::format("bill-{}.csv", month.to_string()));
  }

  Result<void> write_side_exports(const MonthCharges& charges, const RunOccasion& occasion) {
    APPORTION_ASSIGN(RunWriter prices, begin_run(ExportKind::kPriceSheet, occasion.time));
    APPORTION_TRY(add_price_sheet(world_, charges.month(), prices));
    APPORTION_TRY(finish_run(prices));
    APPORTION_ASSIGN(RunWriter details, begin_run(ExportKind::kReservationDetails, occasion.time));
    APPORTION_TRY(add_reservation_details(world_, charges, occasion.view.until, details));
    APPORTION_TRY(finish_run(details));
    APPORTION_ASSIGN(RunWriter transactions, begin_run(ExportKind::kReservationTransactions, occasion.time));
    APPORTION_TRY(add_reservation_transactions(world_, charges, occasion.view, transactions));
    APPORTION_TRY(finish_run(transactions));
    APPORTION_ASSIGN(RunWriter recommendations, begin_run(ExportKind::kReservationRecommendations, occasion.time));
    APPORTION_TRY(add_reservation_recommendations(world_, charges.month(), recommendations));
    return finish_run(recommendations);
  }

  void count_row(Month month) {
    ++done_.rows_done;
    if (done_.rows_done % kRowsBetweenReports == 0 && progress_) {
      done_.month = month;
      progress_(done_);
    }
  }

  const SampleOptions& options_;
  Month from_;
  Month to_;
  World world_;
  const std::function<void(const SampleProgress&)>& progress_;
  SampleProgress done_;
  SampleReport report_;
  std::uint64_t runs_of_month_ = 0;
};

}  // namespace
}  // namespace sample

std::optional<SampleFormat> parse_sample_format(std::string_view text) {
  if (text == "csv") {
    return SampleFormat::kCsv;
  }
  if (text == "csv.gz") {
    return SampleFormat::kCsvGz;
  }
  if (text == "parquet") {
    return SampleFormat::kParquet;
  }
  return std::nullopt;
}

Result<SampleReport> write_sample(const SampleOptions& options,
                                  const std::function<void(const SampleProgress&)>& progress) {
  const Month this_month = Month::of(options.today);
  const Month to = options.to.value_or(this_month.plus_months(-1));
  const Month from = options.from.value_or(std::min(to, this_month.plus_months(-3)));
  APPORTION_TRY(sample::check_options(options, from, to));
  return sample::SampleWriter(options, from, to, progress).write();
}

}  // namespace apportion
