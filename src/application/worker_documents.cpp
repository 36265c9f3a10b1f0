#include "application/worker_documents.h"

#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "lake/lake.h"

namespace apportion {
namespace {

using Json = nlohmann::ordered_json;

// Where a reader of a document leaves it: it holds something that cannot be meant.
struct Misread {
  std::string field;
};

template <class T>
T meant(std::optional<T> value, const char* field) {
  if (!value) throw Misread{field};
  return *std::move(value);
}

std::string text_of(const Json& json, const char* field) { return json.at(field).get<std::string>(); }
std::int64_t number_of(const Json& json, const char* field) { return json.at(field).get<std::int64_t>(); }

Decimal decimal_of(const Json& json, const char* field) {
  const Decimal::Parsed parsed = Decimal::parse(text_of(json, field));
  if (parsed.error != DecimalError::kNone) throw Misread{field};
  return parsed.value;
}

constexpr const char* kCsv = "csv";
constexpr const char* kCsvGzip = "csv.gz";
constexpr const char* kParquet = "parquet";

const char* format_name(const FileKind& kind) {
  if (kind.format == FileFormat::kParquet) return kParquet;
  return kind.compression == Compression::kGzip ? kCsvGzip : kCsv;
}

FileKind kind_of(const std::string& name) {
  if (name == kParquet) return {FileFormat::kParquet, Compression::kNone};
  if (name != kCsv && name != kCsvGzip) throw Misread{"format"};
  return {FileFormat::kCsv, name == kCsv ? Compression::kNone : Compression::kGzip};
}

Json part_json(const RunBlob& part) {
  Json json = {{"name", part.name}, {"bytes", part.bytes}};
  if (part.rows) json["rows"] = *part.rows;
  return json;
}

RunBlob part_of(const Json& json) {
  RunBlob part{text_of(json, "name"), number_of(json, "bytes"), {}, {}};
  if (json.contains("rows")) part.rows = number_of(json, "rows");
  return part;
}

Json run_json(const LeasedRun& leased) {
  const RunToRead& what = leased.offered.what;
  Json parts = Json::array();
  for (const RunBlob& part : what.run.blobs) parts.push_back(part_json(part));
  return {{"import", what.import.id.raw()},
          {"connection", what.connection},
          {"dataset", dataset_name(what.import.dataset)},
          {"month", what.import.month.to_string()},
          {"first_day", what.import.first_day.to_string()},
          {"last_day", what.import.last_day.to_string()},
          {"submitted_at", what.import.submitted_at},
          {"mend", what.mend},
          {"allow_retail_prices", what.allow_retail_prices},
          {"location", leased.offered.location},
          {"manifest", what.run.source},
          {"manifest_hash", what.run.manifest_hash},
          {"format", format_name(what.run.kind)},
          {"parts", std::move(parts)},
          {"notes", what.run.notes},
          {"marks", what.run.marks},
          {"folder", leased.folder}};
}

LeasedRun run_of(const Json& json) {
  LeasedRun leased;
  RunToRead& what = leased.offered.what;
  what.import.id = ImportId(number_of(json, "import"));
  what.connection = text_of(json, "connection");
  what.import.dataset = meant(parse_dataset(text_of(json, "dataset")), "dataset");
  what.import.month = meant(Month::parse(text_of(json, "month")), "month");
  what.import.first_day = meant(Day::parse(text_of(json, "first_day")), "first_day");
  what.import.last_day = meant(Day::parse(text_of(json, "last_day")), "last_day");
  what.import.submitted_at = text_of(json, "submitted_at");
  what.mend = json.at("mend").get<bool>();
  what.allow_retail_prices = json.at("allow_retail_prices").get<bool>();
  leased.offered.location = text_of(json, "location");
  what.run.dataset = what.import.dataset;
  what.run.source = text_of(json, "manifest");
  what.run.manifest_hash = text_of(json, "manifest_hash");
  what.run.kind = kind_of(text_of(json, "format"));
  for (const Json& part : json.at("parts")) what.run.blobs.push_back(part_of(part));
  what.run.notes = json.at("notes").get<std::vector<std::string>>();
  what.run.marks = json.at("marks").get<std::vector<std::string>>();
  leased.folder = text_of(json, "folder");
  return leased;
}

Json total_json(const ImportTotal& total) {
  return {{"currency", total.currency.code()},
          {"charge_category", total.charge_category},
          {"rows", total.rows},
          {"billed", total.billed.to_string()},
          {"effective", total.effective.to_string()},
          {"mended_effective", total.mended_effective.to_string()},
          {"billed_remainder", count_text_of(total.billed_remainder)},
          {"effective_remainder", count_text_of(total.effective_remainder)}};
}

ImportTotal total_of(const Json& json) {
  return {meant(Currency::parse(text_of(json, "currency")), "currency"),
          text_of(json, "charge_category"),
          number_of(json, "rows"),
          decimal_of(json, "billed"),
          decimal_of(json, "effective"),
          decimal_of(json, "mended_effective"),
          remainder_of_count(text_of(json, "billed_remainder")),
          remainder_of_count(text_of(json, "effective_remainder"))};
}

// A sum that is too large has no text.
Json metric_total_json(const ImportMetricTotal& total) {
  const auto source = total.sum.source();
  Json json = {{"currency", total.currency.code()},
               {"charge_category", total.charge_category},
               {"role", total.role},
               {"metric", charge_metric_name(total.metric)},
               {"mended", total.sum.mended().to_string()},
               {"known_rows", total.sum.known_rows()},
               {"unknown_rows", total.sum.unknown_rows()}};
  if (source) json["source"] = source->to_string();
  return json;
}

ImportMetricTotal metric_total_of(const Json& json) {
  std::optional<Decimal> source;
  if (json.contains("source")) source = decimal_of(json, "source");
  return {meant(Currency::parse(text_of(json, "currency")), "currency"),
          text_of(json, "charge_category"),
          text_of(json, "role"),
          meant(parse_charge_metric(text_of(json, "metric")), "metric"),
          MetricSum(source, decimal_of(json, "mended"), number_of(json, "known_rows"),
                    number_of(json, "unknown_rows"))};
}

Json file_json(const ImportFile& file) {
  return {{"path", file.file.path},
          {"role", file.role},
          {"rows", file.file.rows},
          {"bytes", file.file.bytes},
          {"content_hash", file.file.content_hash}};
}

ImportFile file_of(const Json& json) {
  ImportFile file{{text_of(json, "path"), number_of(json, "rows"), number_of(json, "bytes"),
                   text_of(json, "content_hash")},
                  text_of(json, "role")};
  file.file.version = kLakeVersion;
  return file;
}

Json source_file_json(const SourceFile& file) {
  return {{"name", file.name}, {"bytes", file.bytes}, {"rows", file.rows}, {"content_hash", file.content_hash}};
}

SourceFile source_file_of(const Json& json) {
  return {text_of(json, "name"), number_of(json, "bytes"), number_of(json, "rows"), text_of(json, "content_hash")};
}

Json reject_json(const Reject& reject) {
  return {{"file", reject.file},
          {"line", reject.line},
          {"column", reject.column},
          {"value", reject.value},
          {"reason", reject.reason}};
}

Reject reject_of(const Json& json) {
  return {text_of(json, "file"), number_of(json, "line"), text_of(json, "column"), text_of(json, "value"),
          text_of(json, "reason")};
}

template <class Thing>
Json list_json(const std::vector<Thing>& things, Json (*json_of)(const Thing&)) {
  Json list = Json::array();
  for (const Thing& thing : things) list.push_back(json_of(thing));
  return list;
}

template <class Thing>
std::vector<Thing> list_of(const Json& list, Thing (*thing_of)(const Json&)) {
  std::vector<Thing> things;
  for (const Json& one : list) things.push_back(thing_of(one));
  return things;
}

Json rows_json(const RunRows& rows) {
  const Import& import = rows.import;
  Json json = {{"import", import.id.raw()},
               {"layout", import.layout},
               {"rows_source", import.rows_source},
               {"rows_stored", import.rows_stored},
               {"rows_rejected", import.rows_rejected},
               {"notes", import.notes},
               {"marks", import.marks},
               {"mirror_checksum", import.mirror_checksum},
               {"totals", list_json(import.totals, total_json)},
               {"metric_totals", list_json(import.metric_totals, metric_total_json)},
               {"files", list_json(import.files, file_json)},
               {"source_files", list_json(import.source_files, source_file_json)},
               {"rejects", list_json(rows.rejects, reject_json)}};
  if (import.charge_days) json["charge_days"] = import.charge_days->bits();
  if (rows.stand_in) json["stand_in"] = rows.stand_in->raw();
  return json;
}

RunRows rows_of(const Json& json) {
  RunRows rows;
  Import& import = rows.import;
  import.id = ImportId(number_of(json, "import"));
  import.layout = text_of(json, "layout");
  import.rows_source = number_of(json, "rows_source");
  import.rows_stored = number_of(json, "rows_stored");
  import.rows_rejected = number_of(json, "rows_rejected");
  import.notes = text_of(json, "notes");
  import.marks = text_of(json, "marks");
  import.mirror_checksum = text_of(json, "mirror_checksum");
  import.totals = list_of(json.at("totals"), total_of);
  import.metric_totals = list_of(json.at("metric_totals"), metric_total_of);
  import.files = list_of(json.at("files"), file_of);
  import.source_files = list_of(json.at("source_files"), source_file_of);
  rows.rejects = list_of(json.at("rejects"), reject_of);
  if (json.contains("charge_days")) {
    import.charge_days = MonthDays::from_bits(static_cast<std::uint32_t>(number_of(json, "charge_days")));
  }
  if (json.contains("stand_in")) rows.stand_in = ImportId(number_of(json, "stand_in"));
  return rows;
}

// What `read` makes of a document, or the field that it stumbled over.
template <class Read>
auto read_document(ErrorId id, const std::string& what, const Read& read) -> Result<decltype(read())> {
  const auto misread = [&](const std::string& why) {
    return Error{id, what, "", why, "let the service and the worker be of one version"};
  };
  try {
    return read();
  } catch (const Misread& error) {
    return misread(fmt::format("`{}` has a value that is not known", error.field));
  } catch (const Json::exception& error) {
    return misread(error.what());
  }
}

}  // namespace

Json lease_json(const RunLease& lease) {
  return {{"id", lease.id},
          {"seconds", std::chrono::duration_cast<std::chrono::seconds>(lease.lasts).count()},
          {"folder", lease.folder},
          {"runs", list_json(lease.runs, run_json)}};
}

Result<RunLease> lease_of_json(const Json& json) {
  return read_document(ErrorId::kWorkerCoordinatorUnknown, "the lease of the service cannot be read", [&] {
    return RunLease{text_of(json, "id"), std::chrono::seconds(number_of(json, "seconds")), text_of(json, "folder"),
                    list_of(json.at("runs"), run_of)};
  });
}

Json answer_json(const std::vector<RunRows>& rows) { return {{"runs", list_json(rows, rows_json)}}; }

Result<std::vector<RunRows>> answer_of_json(const Json& json) {
  return read_document(ErrorId::kWorkerAnswerWrong, "what a worker says of its runs cannot be read",
                       [&] { return list_of(json.at("runs"), rows_of); });
}

}  // namespace apportion
