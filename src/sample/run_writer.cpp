#include "sample/run_writer.h"

#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sample/draws.h"

namespace apportion::sample {
namespace {

constexpr std::string_view kRootFolder = "exports";

constexpr std::array<ExportShape, static_cast<std::size_t>(ExportKind::kCount)> kShapes{{
    {"actual-cost", "ActualCost", "2023-12-01-preview", true, true, false},
    {"amortized-cost", "AmortizedCost", "2023-12-01-preview", true, true, false},
    {"focus-cost", "FocusCost", "1.2-preview", true, false, false},
    {"price-sheet", "PriceSheet", "2023-05-01", false, false, true},
    {"reservation-details", "ReservationDetails", "2023-03-01", false, false, true},
    {"reservation-transactions", "ReservationTransactions", "2023-05-01", false, false, true},
    {"reservation-recommendations", "ReservationRecommendations", "2023-05-01", false, false, true},
}};

std::string compact(Day day) { return fmt::format("{:04}{:02}{:02}", day.year(), day.month(), day.day_of_month()); }

Error folder_error(const std::filesystem::path& folder, const std::error_code& cause) {
  return {ErrorId::kSampleFolderUnmakeable, "a folder of the sample cannot be created", folder.string(),
          cause.message(), "choose a writable folder with --out"};
}

}  // namespace

const ExportShape& export_shape(ExportKind kind) { return kShapes[static_cast<std::size_t>(kind)]; }

std::span<const Column> export_columns(ExportKind kind) {
  switch (kind) {
    case ExportKind::kFocus: return focus_columns();
    case ExportKind::kPriceSheet: return price_sheet_columns();
    case ExportKind::kReservationDetails: return reservation_details_columns();
    case ExportKind::kReservationTransactions: return reservation_transactions_columns();
    case ExportKind::kReservationRecommendations: return reservation_recommendations_columns();
    default: return cost_columns();
  }
}

Result<RunWriter> RunWriter::begin(RunPlan plan) {
  const ExportShape& shape = export_shape(plan.kind);
  std::vector<FileColumn> columns = file_columns(export_columns(plan.kind), plan.dialect, shape.cost_file);
  if (!plan.subscription.empty()) {
    std::erase_if(columns, [](const FileColumn& column) {
      return column.source >= 0 && !is_of_subscription(static_cast<std::size_t>(column.source));
    });
  }
  if (shape.plain_csv) {
    plan.format = SampleFormat::kCsv;
  }
  std::unique_ptr<PartWriter> writer;
  if (plan.format == SampleFormat::kParquet) {
    APPORTION_ASSIGN(writer, make_parquet_writer(std::move(columns), plan.dialect, plan.kind == ExportKind::kFocus));
  } else {
    writer = make_csv_writer(std::move(columns), plan.dialect, plan.format == SampleFormat::kCsvGz);
  }
  RunWriter run(std::move(plan), std::move(writer));
  std::error_code failure;
  std::filesystem::create_directories(run.folder_, failure);
  if (failure) {
    return folder_error(run.folder_, failure);
  }
  APPORTION_TRY(run.begin_part());
  return run;
}

RunWriter::RunWriter(RunPlan plan, std::unique_ptr<PartWriter> writer)
    : plan_(std::move(plan)), writer_(std::move(writer)) {
  Draws draws(plan_.seed, Stream::kRun, plan_.number);
  const std::uint64_t high = draws.next();
  run_id_ = guid_text(high, draws.next());
  const RunTime& time = plan_.time;
  const std::uint64_t minute = draws.below(60);
  submitted_time_ = fmt::format("{}T03:{:02}:{:02}.{:07}Z", time.submitted.to_string(), minute, draws.below(60),
                                draws.below(10'000'000));
  relative_folder_ =
      fmt::format("{}{}{}/{}/{}-{}/{}03{:02}", kRootFolder, plan_.subscription.empty() ? "" : "/", plan_.subscription,
                  export_shape(plan_.kind).name, compact(time.month.first_day()),
                  compact(time.month.last_day()), compact(time.submitted), minute);
  folder_ = plan_.out / relative_folder_ / run_id_;
}

Result<void> RunWriter::begin_part() {
  parts_.push_back({fmt::format("part_0_{:04}{}", parts_.size() + 1, writer_->file_extension())});
  return writer_->begin(folder_ / parts_.back().file_name);
}

Result<void> RunWriter::finish_part() {
  APPORTION_ASSIGN(parts_.back().bytes, writer_->finish());
  return ok();
}

Result<void> RunWriter::add(const Cells& cells) {
  if (parts_.back().rows > 0 && writer_->text_bytes() >= plan_.part_bytes_max) {
    APPORTION_TRY(finish_part());
    APPORTION_TRY(begin_part());
  }
  ++parts_.back().rows;
  return writer_->add(cells, rows_++);
}

Result<SampleRun> RunWriter::finish() {
  APPORTION_TRY(finish_part());
  if (plan_.dialect.has(Quirk::kEmptyPart)) {
    APPORTION_TRY(begin_part());
    APPORTION_TRY(finish_part());
  }
  SampleRun run{
      std::string(export_shape(plan_.kind).name), plan_.time.month, folder_, rows_, 0, static_cast<int>(parts_.size())};
  for (const Part& part : parts_) {
    run.bytes += part.bytes;
  }
  APPORTION_TRY(write_text_file(folder_ / "manifest.json", manifest(run)));
  return run;
}

std::string RunWriter::manifest(const SampleRun& run) const {
  using Json = nlohmann::ordered_json;
  const ExportShape& shape = export_shape(plan_.kind);
  const std::string scope =
      plan_.subscription.empty()
          ? fmt::format("/providers/Microsoft.Billing/billingAccounts/{}", plan_.billing_account_id)
          : fmt::format("/subscriptions/{}", plan_.subscription);
  const bool parquet = plan_.format == SampleFormat::kParquet;
  const bool blanks = plan_.dialect.has(Quirk::kBlanksInBlobNames);
  Json blobs = Json::array();
  for (const Part& part : parts_) {
    // The official example of a manifest has blanks at just these places.
    const std::string name = fmt::format("{}{}/{}{}/{}", blanks ? " " : "", relative_folder_,
                                         blanks && plan_.dialect.key() % 2 == 0 ? " " : "", run_id_, part.file_name);
    blobs.push_back({{"blobName", name}, {"byteCount", part.bytes}, {"dataRowCount", part.rows}});
  }
  const Json manifest = {
      {"manifestVersion", "2024-04-01"},
      {"byteCount", run.bytes},
      {"blobCount", run.parts},
      {"dataRowCount", run.rows},
      {"exportConfig",
       {{"exportName", shape.name},
        {"resourceId", fmt::format("{}/providers/Microsoft.CostManagement/exports/{}", scope, shape.name)},
        {"dataVersion", shape.data_version},
        {"apiVersion", "2025-03-01"},
        {"type", shape.type},
        {"timeFrame", plan_.time.time_frame},
        {"granularity", shape.daily ? Json("Daily") : Json(nullptr)}}},
      {"deliveryConfig",
       {{"partitionData", true},
        {"dataOverwriteBehavior", "CreateNewReport"},
        {"fileFormat", parquet ? "Parquet" : "Csv"},
        {"compressionMode", parquet                                ? "Snappy"
                            : plan_.format == SampleFormat::kCsvGz ? "Gzip"
                                                                   : "None"},
        {"containerUri",
         "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg-billing/providers/"
         "Microsoft.Storage/storageAccounts/inventedpartner"},
        {"rootFolderPath", kRootFolder}}},
      {"runInfo",
       {{"executionType", "Scheduled"},
        {"submittedTime", submitted_time_},
        {"runId", run_id_},
        {"startDate", plan_.time.month.first_day().to_string() + "T00:00:00"},
        {"endDate", plan_.time.until.to_string() + "T00:00:00Z"}}},
      {"blobs", blobs},
  };
  return manifest.dump(2) + "\n";
}

}  // namespace apportion::sample
