#include "pipeline/fetch/cost_details_store.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "azure/json_text.h"
#include "foundation/base/files.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "pipeline/fetch/blob_reader.h"
#include "pipeline/fetch/blob_url.h"
#include "pipeline/fetch/download.h"
#include "pipeline/fetch/file_kind.h"
#include "pipeline/fetch/folder_store.h"
#include "pipeline/fetch/md5.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr int kMonthsBackMax = 13;
constexpr std::int64_t kPartBytesMax = std::int64_t{16} << 30;

Error not_trusted(const std::string& place, std::string why) {
  return {ErrorId::kCostDetailsReportUnusable, "the Cost Details report cannot be used", place, std::move(why),
          "nothing of it was imported; try again, and if the error persists, set up an export"};
}

std::string compact(Day day) {
  std::string text = day.to_string();
  std::erase(text, '-');
  return text;
}

// `2026-11-25T13:47:09Z` as the level of a path: `202611251347`.
std::string time_level(const std::string& now) {
  std::string digits;
  for (const char c : now) {
    if (c >= '0' && c <= '9') digits += c;
  }
  return digits.substr(0, 12);
}

std::string guid_of(const std::string& hex) {
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4), hex.substr(16, 4),
                     hex.substr(20, 12));
}

// Passes bytes through, adds them to a hash and keeps the first ones.
class WatchedReader final : public ByteReader {
 public:
  WatchedReader(ByteReader& inner, Md5& hash) : inner_(&inner), hash_(&hash) {}

  Result<std::size_t> read(std::span<char> buffer) override {
    APPORTION_ASSIGN(const std::size_t count, inner_->read(buffer));
    hash_->add({buffer.data(), count});
    if (first_.size() < kFirst) first_.append(buffer.data(), std::min(count, kFirst - first_.size()));
    return count;
  }
  const std::string& first() const { return first_; }

 private:
  static constexpr std::size_t kFirst = 4;
  ByteReader* inner_;
  Md5* hash_;
  std::string first_;
};

// A folder that goes away again unless it got its place.
class NewFolder {
 public:
  explicit NewFolder(fs::path path) : path_(std::move(path)) {}
  NewFolder(const NewFolder&) = delete;
  NewFolder& operator=(const NewFolder&) = delete;
  ~NewFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

  Result<void> move_to(const fs::path& place) const {
    APPORTION_TRY(make_folder(place.parent_path()));
    std::error_code failure;
    fs::remove_all(place, failure);  // the same report, fetched in the same minute
    fs::rename(path_, place, failure);
    if (failure) return file_error("cannot move a report into place", place, failure.value());
    return ok();
  }

 private:
  fs::path path_;
};

struct Part {
  std::string link;
  std::int64_t bytes = 0;
};

Result<std::vector<Part>> parts_of(const Json& manifest, const std::string& place) {
  const Json& blobs = member(manifest, "blobs");
  if (!blobs.is_array()) return not_trusted(place, "its manifest lists no parts");
  const Json& count = member(manifest, "blobCount");
  if (count.is_number_integer() && count.get<std::int64_t>() != static_cast<std::int64_t>(blobs.size()))
    return not_trusted(place, "its manifest states a different number of parts than it lists");
  std::vector<Part> parts;
  std::int64_t sum = 0;
  for (const Json& blob : blobs) {
    Part part{text_member(blob, "blobLink"), -1};
    const Json& bytes = member(blob, "byteCount");
    if (bytes.is_number_integer()) part.bytes = bytes.get<std::int64_t>();
    if (part.link.empty() || part.bytes < 0 || part.bytes > kPartBytesMax)
      return not_trusted(place, fmt::format("part {} of its manifest has no link or no size", parts.size() + 1));
    sum += part.bytes;
    parts.push_back(std::move(part));
  }
  const Json& total = member(manifest, "byteCount");
  if (total.is_number_integer() && total.get<std::int64_t>() != sum)
    return not_trusted(
        place, fmt::format("its manifest states {} bytes, but its parts sum to {}", total.get<std::int64_t>(), sum));
  return parts;
}

// The link is a secret: only its place goes into messages.
Result<std::unique_ptr<ByteReader>> open_link(const AzureAccess& access, const Part& part, const std::string& place) {
  auto url = parse_blob_url(part.link, access.storage_suffix);
  if (!url || url->prefix.empty()) {
    return Error{ErrorId::kCostDetailsPartMisplaced, "a part of the Cost Details report is not where it may be", place,
                 url ? "the link does not name a blob" : std::move(url).error().why,
                 "nothing was downloaded; check the cloud of the connection"};
  }
  AzureAccess by_link = access;
  by_link.tokens = nullptr;
  by_link.sas.clear();
  by_link.download.ranges = 1;  // the first answer says which version all later ones must be
  auto requests = std::make_shared<const BlobRequests>(std::move(by_link), url->account, std::move(url->sas));
  return read_blob(std::move(requests), {part.link.substr(0, part.link.find('?')), place, part.bytes, "", ""});
}

}  // namespace

Result<std::unique_ptr<CostDetailsStore>> CostDetailsStore::open(ArmClient& arm, const AzureAccess& access,
                                                                 CostDetailsSource source, Clock clock,
                                                                 fs::path folder) {
  while (source.scope.ends_with('/')) source.scope.pop_back();
  if (!source.scope.starts_with('/')) source.scope.insert(0, "/");
  if (source.dataset != Dataset::kActualCost && source.dataset != Dataset::kAmortizedCost) {
    return Error{ErrorId::kNoSuchCostDetailsReport, "there is no such Cost Details report", source.scope,
                 fmt::format("{} was requested", dataset_name(source.dataset)),
                 "request ActualCost or AmortizedCost; other datasets come only as exports"};
  }
  APPORTION_ASSIGN(auto files, FolderStore::at(folder.string()));
  return std::unique_ptr<CostDetailsStore>(new CostDetailsStore(  // the constructor is private
      arm, access, std::move(source), std::move(clock), std::move(folder), std::move(files)));
}

CostDetailsStore::CostDetailsStore(ArmClient& arm, AzureAccess access, CostDetailsSource source, Clock clock,
                                   fs::path folder, std::unique_ptr<BlobStore> files)
    : arm_(&arm),
      access_(std::move(access)),
      source_(std::move(source)),
      clock_(std::move(clock)),
      folder_(std::move(folder)),
      files_(std::move(files)) {}

std::string CostDetailsStore::description() const {
  return fmt::format("Cost Details {} of {}", dataset_name(source_.dataset), source_.scope);
}

Result<void> CostDetailsStore::check_month(Month month) const {
  const Month now = Month::of(clock_.today());
  if (now < month || month < now.plus_months(-kMonthsBackMax)) {
    return Error{ErrorId::kCostDetailsReportUnsupported, "Azure creates no Cost Details report for this month",
                 description(),
                 fmt::format("{} was requested; reports reach back {} months", month.to_string(), kMonthsBackMax),
                 "get older months from exports: " + step(Step::kBackfillExports)};
  }
  return ok();
}

Result<bool> CostDetailsStore::fetch(Month month, const std::function<void(std::chrono::seconds)>& told) {
  APPORTION_TRY(check_month(month));
  const Day last_day = std::min(month.last_day(), clock_.today());
  APPORTION_ASSIGN(const Json manifest, make_report(month, last_day, told));
  const Json& blobs = member(manifest, "blobs");
  if (manifest.is_null() || (blobs.is_array() && blobs.empty())) {
    notes_.push_back(fmt::format("{}: Azure has no data for {}", description(), month.to_string()));
    return false;
  }
  APPORTION_TRY(take(manifest, month, last_day));
  return true;
}

// The manifest of the report; null when there is no data.
Result<Json> CostDetailsStore::make_report(Month month, Day last_day,
                                           const std::function<void(std::chrono::seconds)>& told) {
  ArmCall call;
  call.method = "POST";
  call.path = source_.scope + "/providers/Microsoft.CostManagement/generateCostDetailsReport";
  call.api_version = source_.api_version;
  call.body = {{"metric", dataset_name(source_.dataset)},
               {"timePeriod", {{"start", month.first_day().to_string()}, {"end", last_day.to_string()}}}};
  call.doing = fmt::format("request the Cost Details report of {}", month.to_string());
  APPORTION_ASSIGN(const ArmAnswer answer, arm_->run_to_end(call, told));
  const std::string status = text_member(answer.body, "status");
  if (answer.status == 204 || ascii_equal_ignoring_case(status, "NoDataFound")) return Json();
  const Json& manifest = member(answer.body, "manifest");
  const Json& error = member(answer.body, "error");
  if (ascii_equal_ignoring_case(status, "Failed") || !manifest.is_object()) {
    return not_trusted(description(),
                       fmt::format("{}: status '{}', {} {}", month.to_string(), excerpt(status),
                                   excerpt(text_member(error, "code")), excerpt(text_member(error, "message"), 300)));
  }
  const std::string format = text_member(manifest, "dataFormat");
  if (!format.empty() && !ascii_equal_ignoring_case(format, "Csv"))
    return not_trusted(description(), fmt::format("its format is {}; expected: Csv", excerpt(format)));
  return manifest;
}

Result<void> CostDetailsStore::take(const Json& manifest, Month month, Day last_day) {
  const std::string place = fmt::format("{}, {}", description(), month.to_string());
  APPORTION_ASSIGN(const std::vector<Part> parts, parts_of(manifest, place));
  const NewFolder incoming(folder_ / random_guid());
  APPORTION_TRY(make_folder(incoming.path()));
  Md5 hash;
  hash.add(fmt::format("{} {} {} {}", source_.scope, dataset_name(source_.dataset), month.to_string(),
                       last_day.to_string()));
  Json blobs = Json::array();
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const std::string part_place = fmt::format("{}, part {}", place, i + 1);
    APPORTION_ASSIGN(const auto reader, open_link(access_, parts[i], part_place));
    WatchedReader watched(*reader, hash);
    const fs::path arrived = incoming.path() / "part";
    APPORTION_TRY(download(watched, parts[i].bytes, part_place, arrived));
    const FileKind kind = file_kind_of_bytes(watched.first());
    if (kind.format != FileFormat::kCsv) return not_trusted(part_place, "it is not CSV");
    const std::string name =
        fmt::format("part_0_{:04}.csv{}", i + 1, kind.compression == Compression::kGzip ? ".gz" : "");
    std::error_code failure;
    fs::rename(arrived, incoming.path() / name, failure);
    if (failure) return file_error("cannot rename a part", arrived, failure.value());
    blobs.push_back({{"blobName", name}, {"byteCount", parts[i].bytes}});
  }

  const std::string run_id = guid_of(hash.hex());
  const Json made = {
      {"manifestVersion", "2024-04-01"},
      {"blobCount", blobs.size()},
      {"exportConfig",
       {{"exportName", "cost-details"},
        {"resourceId", source_.scope + "/providers/Microsoft.CostManagement/exports/cost-details"},
        {"type", dataset_name(source_.dataset)}}},
      {"deliveryConfig", {{"fileFormat", "Csv"}}},
      {"runInfo", {{"runId", run_id}, {"startDate", month.first_day().to_string()}, {"endDate", last_day.to_string()}}},
      {"blobs", blobs},
  };
  APPORTION_TRY(write_file_atomically(incoming.path() / "manifest.json", made.dump(2)));
  const std::string period = fmt::format("{}-{}", compact(month.first_day()), compact(month.last_day()));
  return incoming.move_to(folder_ / period / time_level(clock_.now()) / run_id);
}

}  // namespace apportion
