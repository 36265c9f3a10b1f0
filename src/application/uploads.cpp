#include "application/uploads.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "application/customer_file.h"
#include "application/invoice_imports.h"
#include "foundation/base/check.h"
#include "foundation/base/count_text.h"
#include "foundation/base/files.h"
#include "foundation/base/guid.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/base/utf8.h"
#include "pipeline/fetch/file_kind.h"
#include "pipeline/fetch/folder_store.h"
#include "pipeline/ingest/file_survey.h"
#include "pipeline/ingest/gzip_reader.h"
#include "pipeline/ingest/layout.h"
#include "pipeline/invoices/bill_file.h"
#include "pipeline/invoices/invoice_file.h"
#include "pipeline/split/rule_file.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;

constexpr int kArrivingMax = 3;
constexpr std::size_t kNameBytesMax = 200;
constexpr std::uint64_t kTextBytesMax = 4 << 20;  // of customers and rules
constexpr std::uint64_t kUnpackedBytesMax = std::uint64_t{16}
                                            << 30;  // a packed file may promise more than a disk holds

Error too_large(const std::string& name) {
  return {ErrorId::kFileTooLarge, "the file is too large", name,
          fmt::format("unpacked, it has more than {} GiB", kUnpackedBytesMax >> 30),
          "put it in a folder or a storage account, and name that as the location of a connection"};
}

// Ends with an error instead of reading on for ever.
class BoundedReader final : public ByteReader {
 public:
  BoundedReader(std::unique_ptr<ByteReader> reader, std::string name)
      : reader_(std::move(reader)), name_(std::move(name)) {}

  Result<std::size_t> read(std::span<char> buffer) override {
    APPORTION_ASSIGN(const std::size_t bytes, reader_->read(buffer));
    bytes_ += bytes;
    if (bytes_ <= kUnpackedBytesMax) return bytes;
    return too_large(name_);
  }

 private:
  std::unique_ptr<ByteReader> reader_;
  std::string name_;
  std::uint64_t bytes_ = 0;
};

Error name_invalid(std::string_view name, std::string why) {
  return {ErrorId::kFieldInvalid, "the value of a field is not valid", fmt::format("name `{}`", excerpt(name)),
          std::move(why), "send the name of the file, without its folders"};
}

Result<void> check_file_name(std::string_view name) {
  if (name.empty() || name.size() > kNameBytesMax) {
    return name_invalid(name, fmt::format("a name has 1 to {} bytes", kNameBytesMax));
  }
  const bool has_others = std::ranges::any_of(
      name, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f' || c == '/' || c == '\\'; });
  if (has_others) return name_invalid(name, "it has slashes or control characters");
  if (name.front() == '.' || name.front() == '~') return name_invalid(name, "it begins like a hidden file");
  if (!is_utf8(name)) return name_invalid("", "it is not UTF-8");
  return ok();
}

Error no_such_upload(const std::string& id) {
  return {ErrorId::kNoSuchRecord, "there is no such upload", fmt::format("upload {}", excerpt(id)),
          "it never existed, has ended after a day or with its import, or belongs to somebody else",
          "send the file again"};
}

std::string first_bytes_of(const fs::path& file) {
  constexpr std::size_t kBytes = 16;
  std::string bytes(kBytes, '\0');
  std::ifstream in(file, std::ios::binary);
  in.read(bytes.data(), kBytes);
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

// Readers name the whole path, which is the service's.
Error without_folder(Error error, const fs::path& folder) {
  const std::string prefix = folder.string() + "/";
  for (std::string* text : {&error.where, &error.why}) {
    for (std::size_t at = 0; (at = text->find(prefix, at)) != std::string::npos;) text->erase(at, prefix.size());
  }
  return error;
}

std::string_view suffix_of(const FileKind& kind) {
  if (kind.format == FileFormat::kParquet) return ".parquet";
  return kind.compression == Compression::kGzip ? ".csv.gz" : ".csv";
}

// A file as the reader of exports takes it: by what its bytes are, whatever its name says.
InputFile input_of(const std::shared_ptr<BlobStore>& store, const std::string& name, const FileKind& kind) {
  InputFile input;
  input.name = name;
  if (kind.format == FileFormat::kParquet) {
    input.format = InputFormat::kParquet;
    input.local_path = store->local_path(name);
    return input;
  }
  input.open = [store, name, kind]() -> Result<std::unique_ptr<ByteReader>> {
    APPORTION_ASSIGN(auto reader, store->open(name));
    if (kind.compression == Compression::kGzip) reader = make_gzip_reader(name, std::move(reader));
    return std::unique_ptr<ByteReader>(std::make_unique<BoundedReader>(std::move(reader), name));
  };
  return input;
}

// A name that says what the file is: so runs are found in a folder. Invoice lines are told by their columns.
std::string name_in_folder(const StoredUpload& stored) {
  const std::string& name = stored.upload.name;
  const bool has_lines = stored.upload.content.kind == UploadKind::kInvoiceLines;
  if (has_lines && may_hold_invoice_lines(name)) return name;
  const FileKind kind = file_kind_of_bytes(first_bytes_of(stored.file));
  return file_kind_of_name(name) == kind ? name : name + std::string(suffix_of(kind));
}

std::vector<Dataset> datasets_of(SourceKind kind) {
  std::vector<Dataset> datasets;
  std::ranges::copy_if(kDatasets, std::back_inserter(datasets), [kind](Dataset one) { return fits(kind, one); });
  return datasets;
}

UploadContent content_of(const FileSurvey& survey) {
  if (!survey.kind) return {};  // an empty file
  UploadContent content{.kind = UploadKind::kExport, .layout = survey.layout, .rows = survey.rows};
  content.datasets = datasets_of(*survey.kind);
  for (const auto& [month, rows] : survey.periods.empty() ? survey.days : survey.periods) {
    content.months.push_back(month);
  }
  return content;
}

// Ends the reading of records when there are too many, or nobody waits for it any more.
class BoundedRecords {
 public:
  BoundedRecords(const std::string& file, const Cancel& cancel) : file_(file), cancel_(cancel) {}

  Result<void> take(const InvoiceRecord& record) {
    constexpr std::int64_t kLinesBetweenChecks = 1 << 16;
    for (const std::string_view cell : record.cells) bytes_ += cell.size();
    if (bytes_ > kUnpackedBytesMax) return too_large(file_);
    if (++count_ % kLinesBetweenChecks == 0 && cancel_.requested()) return cancelled_error(file_);
    return ok();
  }
  std::int64_t count() const { return count_; }

 private:
  const std::string& file_;
  const Cancel& cancel_;
  std::size_t bytes_ = 0;
  std::int64_t count_ = 0;
};

// Reads every line, so that half a file is refused at once.
Result<UploadContent> describe_invoice_lines(const InvoiceFile& file, InvoiceFileKind kind, const Cancel& cancel) {
  UploadContent content{.kind = UploadKind::kInvoiceLines, .datasets = {dataset_of(kind)}};
  std::set<std::string, std::less<>> invoices;
  std::set<Month> months;
  BoundedRecords records(file.name, cancel);
  const auto facts = read_invoice_records(file, [&](const InvoiceRecord& record) -> Result<void> {
    APPORTION_TRY(records.take(record));
    if (!record.line.invoice.empty() && !invoices.contains(record.line.invoice)) {
      invoices.emplace(record.line.invoice);
    }
    if (record.fault || record.line.invoice.empty()) {
      ++content.rejected;
    } else if (record.line.day) {
      months.insert(Month::of(*record.line.day));
    }
    return ok();
  });
  if (!facts) return facts.error();
  content.rows = records.count();
  content.invoices.assign(invoices.begin(), invoices.end());
  content.months.assign(months.begin(), months.end());
  return content;
}

Result<InvoiceFile> invoice_file_at(const fs::path& file) {
  const std::string name = file.filename().string();
  APPORTION_ASSIGN(std::shared_ptr<BlobStore> store, FolderStore::at(file.parent_path().string()));
  return InvoiceFile{name, [store, name] { return store->open(name); }};
}

// Only its header is read: what the columns mean has to be said before its lines mean anything.
Result<UploadContent> describe_bill(const fs::path& file) {
  APPORTION_ASSIGN(const InvoiceFile bill, invoice_file_at(file));
  const bool is_csv = file_kind_of_bytes(first_bytes_of(file)).format == FileFormat::kCsv;
  std::vector<std::string> columns;
  if (is_csv) {
    APPORTION_ASSIGN(columns, columns_of_bill(bill));
  }
  const bool is_text = std::ranges::all_of(columns, [](const std::string& name) { return is_utf8(name); });
  const bool is_table = is_text && !columns.empty();
  if (is_table) return UploadContent{.kind = UploadKind::kBill, .columns = std::move(columns)};
  return Error{ErrorId::kFileColumnMissing, "this is no bill", bill.name,
               "a bill is a CSV file in UTF-8 whose first line names its columns",
               "save the table as CSV with commas, and send that"};
}

std::int64_t rules_in(const RuleFile& file) {
  std::int64_t rules = 0;
  for (const RuleList& list : file.lists) rules += std::ssize(list.rules);
  return rules;
}

// A list of dated lists is meant as rules, even if they are wrong.
bool looks_like_rules(std::string_view text) {
  return text.find("effective:") != std::string_view::npos && text.find("rules:") != std::string_view::npos;
}

Result<UploadContent> describe_text(const fs::path& file, const std::string& name) {
  std::error_code failure;
  const auto bytes = fs::file_size(file, failure);
  if (failure) return file_error("cannot look into", file, failure.value());
  if (bytes > kTextBytesMax) return UploadContent{};
  APPORTION_ASSIGN(const std::string text, read_file(file, kTextBytesMax));
  if (!is_utf8(text)) return UploadContent{};
  if (looks_like_rules(text)) {
    RuleFileReading reading = read_rule_file(text, name);
    return UploadContent{.kind = UploadKind::kRules, .rows = rules_in(reading.file), .faults = reading.errors};
  }
  CustomerFile customers = read_customer_file(text, name);
  const bool is_other = std::ranges::any_of(customers.errors, [](const Error& error) {
    return error.id == ErrorId::kCustomerFileHeaderInvalid || error.id == ErrorId::kCustomerFileEmpty;
  });
  if (is_other) return UploadContent{};
  return UploadContent{
      .kind = UploadKind::kCustomers, .rows = std::ssize(customers.customers), .faults = std::move(customers.errors)};
}

}  // namespace

std::string_view upload_kind_name(UploadKind kind) {
  switch (kind) {
    case UploadKind::kExport: return "export";
    case UploadKind::kInvoiceLines: return "invoice-lines";
    case UploadKind::kCustomers: return "customers";
    case UploadKind::kRules: return "rules";
    case UploadKind::kBill: return "bill";
    case UploadKind::kUnknown: return "unknown";
  }
  return "unknown";
}

Result<UploadContent> describe_upload(const fs::path& file, const fs::path& temporary, const Cancel& cancel) {
  const std::string name = file.filename().string();
  const FileKind kind = file_kind_of_bytes(first_bytes_of(file));
  APPORTION_ASSIGN(std::shared_ptr<BlobStore> store, FolderStore::at(file.parent_path().string()));
  if (kind.format == FileFormat::kCsv) {
    const InvoiceFile lines{name, [store, name] { return store->open(name); }};
    const auto of_invoice = recognise_invoice_file(lines);
    if (of_invoice && *of_invoice) return describe_invoice_lines(lines, **of_invoice, cancel);
  }
  auto survey = survey_file(input_of(store, name, kind), std::nullopt, temporary.string(), cancel);
  if (survey) return content_of(*survey);
  const ErrorId id = survey.error().id;
  if (id == ErrorId::kDateFormatAmbiguous) return UploadContent{.kind = UploadKind::kExport};
  const bool is_plain_text = kind == FileKind{};
  if (id == ErrorId::kNotACostFile) return is_plain_text ? describe_text(file, name) : UploadContent{};
  if (is_plain_text && (id == ErrorId::kCsvBroken || id == ErrorId::kFileColumnMissing)) {
    APPORTION_ASSIGN(UploadContent text, describe_text(file, name));
    if (text.kind != UploadKind::kUnknown) return text;
  }
  return std::move(survey).error();
}

Result<void> IncomingUpload::take(std::string_view piece) {
  out_.write(piece.data(), static_cast<std::streamsize>(piece.size()));
  stored_->upload.bytes += static_cast<std::int64_t>(piece.size());
  if (out_.good()) return ok();
  return file_error("the upload could not be written", stored_->file, errno);
}

IncomingUpload::~IncomingUpload() {
  const std::lock_guard lock(uploads_->mutex_);
  --uploads_->arriving_;
}

Result<std::unique_ptr<IncomingUpload>> Uploads::begin(const std::string& owner, const std::string& name,
                                                               bool is_bill) {
  APPORTION_TRY(check_file_name(name));
  const std::lock_guard lock(mutex_);
  drop_ended_locked();
  std::int64_t of_owner = 0;
  std::int64_t bytes = 0;
  for (const auto& [id, stored] : kept_) {
    of_owner += stored->owner == owner ? 1 : 0;
    bytes += stored->upload.bytes;
  }
  if (of_owner >= kUploadsMax) {
    return Error{ErrorId::kTooManyRequests, "you have too many uploads", "",
                 fmt::format("{} of yours are waiting to be imported", of_owner), "import or remove some of them"};
  }
  if (bytes >= kUploadBytesMax || arriving_ >= kArrivingMax) {
    return Error{ErrorId::kServiceBusy, "the service has too much to do", "uploads",
                 arriving_ >= kArrivingMax ? fmt::format("{} files are arriving", arriving_)
                                           : fmt::format("uploads take {} GiB", bytes >> 30),
                 "try again later"};
  }
  APPORTION_ASSIGN(TemporaryFolder folder, home_.make_temporary_folder());
  const fs::path files = folder.path() / "files";
  APPORTION_TRY(make_folder(files));
  auto stored = std::make_unique<StoredUpload>(StoredUpload{owner, is_bill, {}, std::move(folder), files / name});
  stored->upload.id = random_guid();
  stored->upload.name = name;
  stored->upload.ends_at = UtcTime(std::chrono::seconds(epoch_seconds_() + kUploadSecondsMax));
  ++arriving_;
  return std::unique_ptr<IncomingUpload>(new IncomingUpload(*this, std::move(stored)));
}

Result<Upload> Uploads::keep(std::unique_ptr<IncomingUpload> incoming, const Cancel& cancel) {
  incoming->out_.close();
  if (incoming->out_.fail()) return file_error("the upload could not be written", incoming->stored_->file, errno);
  StoredUpload& stored = *incoming->stored_;
  auto content =
      stored.is_bill ? describe_bill(stored.file) : describe_upload(stored.file, stored.folder.path(), cancel);
  if (!content) return without_folder(std::move(content).error(), stored.file.parent_path());
  stored.upload.content = std::move(*content);
  const Upload upload = stored.upload;
  const std::lock_guard lock(mutex_);
  kept_[upload.id] = StoredUploadPtr(std::move(incoming->stored_));
  return upload;
}

Result<StoredUploadPtr> Uploads::find(const std::string& owner, const std::string& id) {
  const std::lock_guard lock(mutex_);
  drop_ended_locked();
  const auto found = kept_.find(id);
  if (found == kept_.end() || found->second->owner != owner) return no_such_upload(id);
  return found->second;
}

Result<void> Uploads::remove(const std::string& owner, const std::string& id) {
  APPORTION_TRY(find(owner, id));
  forget(id);
  return ok();
}

void Uploads::forget(const std::string& id) {
  const std::lock_guard lock(mutex_);
  kept_.erase(id);
}

void Uploads::drop_ended() {
  const std::lock_guard lock(mutex_);
  drop_ended_locked();
}

void Uploads::drop_ended_locked() {
  const UtcTime now{std::chrono::seconds(epoch_seconds_())};
  std::erase_if(kept_, [now](const auto& entry) { return entry.second->upload.ends_at <= now; });
}

Result<void> check_importable(const std::vector<StoredUploadPtr>& uploads) {
  std::set<std::string> names;
  for (const StoredUploadPtr& stored : uploads) {
    const auto& [id, name, bytes, ends_at, content] = stored->upload;
    if (content.kind != UploadKind::kExport && content.kind != UploadKind::kInvoiceLines) {
      return Error{ErrorId::kNotACostFile, "this is not a file of an export", name,
                   fmt::format("its content is: {}", upload_kind_name(content.kind)),
                   "import customers as customers, bills as bills, and apply rules as rules"};
    }
    const UploadKind first = uploads.front()->upload.content.kind;
    if (content.kind != first) {
      return Error{ErrorId::kFieldInvalid, "the value of a field is not valid", "uploads",
                   fmt::format("{} is {}, and the first one is {}", name, upload_kind_name(content.kind),
                               upload_kind_name(first)),
                   "import files of exports and files of invoice lines one after the other"};
    }
    if (!names.insert(name_in_folder(*stored)).second) {
      return Error{ErrorId::kFieldInvalid, "the value of a field is not valid", "uploads",
                   fmt::format("two of them are called {}", name), "send one of the files under another name"};
    }
  }
  return ok();
}

Result<void> check_invoice_lines(const std::vector<StoredUploadPtr>& uploads) {
  for (const StoredUploadPtr& stored : uploads) {
    const UploadKind kind = stored->upload.content.kind;
    if (kind == UploadKind::kInvoiceLines) continue;
    return Error{ErrorId::kFileColumnMissing, "this is no file of Microsoft's invoice lines", stored->upload.name,
                 fmt::format("its content is: {}", upload_kind_name(kind)),
                 "download the reconciliation or the daily usage of the invoice from Partner Center"};
  }
  return ok();
}

Result<void> check_bill(const StoredUpload& upload, const ImportRequest& request, const Cancel& cancel) {
  const UploadKind kind = upload.upload.content.kind;
  if (kind != UploadKind::kBill) {
    return Error{ErrorId::kFileColumnMissing, "this was not sent as a bill", upload.upload.name,
                 fmt::format("its content is: {}", upload_kind_name(kind)), "send the file again, as a bill"};
  }
  APPORTION_ASSIGN(const InvoiceFile file, invoice_file_at(upload.file));
  BoundedRecords records(file.name, cancel);
  const auto facts = read_bill({file, *request.bill_columns, request.bill_name, request.month},
                               [&records](const InvoiceRecord& record) { return records.take(record); });
  return facts ? ok() : Result<void>(facts.error());
}

Result<FlowReport> import_uploads(Workspace& workspace, const std::vector<StoredUploadPtr>& uploads,
                                  FolderImport request) {
  APPORTION_ASSIGN(const TemporaryFolder folder, workspace.home.make_temporary_folder());
  const fs::path files = folder.path() / "files";
  APPORTION_TRY(make_folder(files));
  for (const StoredUploadPtr& stored : uploads) {
    std::error_code failure;
    fs::create_hard_link(stored->file, files / name_in_folder(*stored), failure);
    if (failure) return file_error("the upload could not be used", stored->file, failure.value());
  }
  const bool is_bill = request.request.bill_columns.has_value();
  request.request.location = (is_bill ? files / name_in_folder(*uploads.front()) : files).string();
  request.request.allow_unverified = true;
  return import_folder(workspace, request);
}

Result<std::string> customers_of_upload(const StoredUpload& upload) {
  if (upload.upload.content.kind == UploadKind::kCustomers) return read_file(upload.file, kTextBytesMax);
  return Error{ErrorId::kCustomerFileWrong, "this is not a file of customers", upload.upload.name,
               fmt::format("its content is: {}", upload_kind_name(upload.upload.content.kind)),
               "send a CSV file with the columns id and name"};
}

}  // namespace apportion
