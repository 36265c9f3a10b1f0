#include "application/invoice_imports.h"

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "application/writable_workspace.h"
#include "foundation/base/content_hash.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "lake/incoming_files.h"
#include "lake/lake.h"
#include "pipeline/fetch/export_path.h"
#include "pipeline/fetch/file_kind.h"
#include "pipeline/fetch/folder_store.h"
#include "pipeline/ingest/file_survey.h"
#include "pipeline/invoices/bill_file.h"
#include "pipeline/invoices/kept_invoice_lines.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kLinesBetweenChecks = 1 << 16;

InvoiceFile file_in(BlobStore& store, const std::string& name) {
  return {name, [&store, name] { return store.open(name); }};
}

std::string folder_of(const std::string& name) {
  const auto slash = name.rfind('/');
  return slash == std::string::npos ? std::string() : name.substr(0, slash);
}

std::string layout_of(InvoiceFileKind kind) {
  return kind == InvoiceFileKind::kDailyUsage ? "Partner Center daily rated usage" : "Partner Center reconciliation";
}

bool is_plain_name(const std::string& name) {
  constexpr std::size_t kBytesMax = 40;
  const auto is_plain = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  };
  return !name.empty() && name.size() <= kBytesMax && std::ranges::all_of(name, is_plain);
}

// A file that is read, and what came of it.
struct FileRead {
  const FoundInvoiceFile* file = nullptr;
  std::string content_hash;
  RowSample sample;
  std::map<std::string, std::int64_t> rows;  // by invoice
};

// An invoice while its lines arrive.
struct IncomingInvoice {
  ImportId import;
  fs::path path;  // of its rows, until it is known where they go
  std::optional<InvoiceLinesWriter> writer;
  std::vector<Reject> rejects;
  std::map<Month, std::int64_t> lines_of_month;
  std::optional<Day> first_day;
  std::optional<Day> last_day;
  std::map<std::string, ImportTotal> totals;  // by currency
};

// Where lines of an invoice were found first, by kind and invoice.
using FoldersOfInvoices = std::map<std::pair<InvoiceFileKind, std::string>, std::string>;

// Takes in files of one kind in one folder.
class InvoiceImporter {
 public:
  InvoiceImporter(Workspace& workspace, const Connection& connection, const ImportRequest& request,
                  const FoundInvoiceFiles& found, std::vector<const FoundInvoiceFile*> files, const fs::path& temporary,
                  FoldersOfInvoices& folders)
      : workspace_(workspace),
        connection_(connection),
        request_(request),
        store_(*found.store),
        expected_(found.expected),
        lake_(workspace.home),
        kind_(files.front()->kind),
        files_(std::move(files)),
        temporary_(temporary),
        folders_(folders) {}

  Result<ImportReport> import() {
    for (const FoundInvoiceFile* file : files_) APPORTION_TRY(read(*file));
    APPORTION_TRY(check_versions());
    APPORTION_TRY(place_nameless_rejects());
    APPORTION_ASSIGN(IncomingFiles incoming, IncomingFiles::make(workspace_.home));
    std::vector<Import> imports;
    for (auto& [number, invoice] : invoices_) APPORTION_TRY(prepare(number, invoice, incoming, imports));
    APPORTION_TRY(publish(std::move(imports), incoming));
    return std::move(report_);
  }

 private:
  std::string path_on_disk(const FoundInvoiceFile& file) const { return store_.local_path(file.blob.name); }

  Result<void> read(const FoundInvoiceFile& file) {
    FileRead read{&file, {}, {}, {}};
    APPORTION_ASSIGN(read.content_hash, content_hash_of(path_on_disk(file)));
    const auto same = std::ranges::find(read_, read.content_hash, &FileRead::content_hash);
    if (same != read_.end()) {
      report_.notes.push_back(fmt::format("{} was left out: it is the same file as {}", store_.place_of(file.blob.name),
                                          same->file->blob.name));
      return ok();
    }
    std::int64_t until_check = kLinesBetweenChecks;
    const InvoiceRecordVisitor visit = [&](const InvoiceRecord& record) -> Result<void> {
      if (--until_check == 0) {
        until_check = kLinesBetweenChecks;
        if (workspace_.cancel.requested()) return cancelled_error(file.blob.name);
      }
      return add(record, read);
    };
    const InvoiceFile source = file_in(store_, file.blob.name);
    APPORTION_TRY(read_records(file, source, visit));
    APPORTION_ASSIGN(const std::string hash_now, content_hash_of(path_on_disk(file)));
    if (hash_now != read.content_hash) {
      return written_over_error(store_.place_of(file.blob.name), "it changed while it was read");
    }
    read_.push_back(std::move(read));
    return ok();
  }

  Result<void> read_records(const FoundInvoiceFile& file, const InvoiceFile& source,
                            const InvoiceRecordVisitor& visit) const {
    if (!is_bill(kind_)) {
      const auto facts = read_invoice_records(source, visit);
      return facts ? ok() : Result<void>(facts.error());
    }
    APPORTION_ASSIGN(const BillColumns columns,
                     parse_bill_columns(file.layout, "the columns of connection " + connection_.name, kind_));
    const auto facts = read_bill({source, columns, request_.bill_name, request_.month, kind_}, visit);
    return facts ? ok() : Result<void>(facts.error());
  }

  Result<void> check_expected(const InvoiceLine& line) const {
    if (!expected_) return ok();
    const bool is_of_partner = expected_->partner.empty() || line.partner_id.empty() ||
                               ascii_equal_ignoring_case(line.partner_id, expected_->partner);
    if (line.invoice == expected_->number && is_of_partner) return ok();
    return Error{ErrorId::kRunOfAnotherScope, "the lines are not of the invoice that was asked for",
                 fmt::format("{}, line {}", store_.place_of(std::string(line.file)), line.line),
                 fmt::format("invoice {} of partner {} was asked for, and this is of invoice {} of partner {}",
                             expected_->number, expected_->partner, excerpt(line.invoice), excerpt(line.partner_id)),
                 "nothing of it was imported; sync again later, and if it persists, please report it"};
  }

  Result<void> add(const InvoiceRecord& record, FileRead& read) {
    const InvoiceLine& line = record.line;
    APPORTION_TRY(check_expected(line));
    if (line.invoice.empty()) {
      nameless_.push_back({std::string(line.file), line.line, "InvoiceNumber", "", "the line names no invoice"});
      return ok();
    }
    const std::string number(line.invoice);
    APPORTION_ASSIGN(IncomingInvoice* const invoice, invoice_of(number));
    ++read.rows[number];
    if (record.fault) {
      invoice->rejects.push_back({std::string(line.file), line.line, std::string(record.fault->column),
                                  record.fault->value, record.fault->reason});
      return ok();
    }
    read.sample.add(static_cast<std::uint64_t>(line.hash));
    add_to_sums(line, *invoice);
    return invoice->writer->add(record);
  }

  Result<IncomingInvoice*> invoice_of(const std::string& number) {
    const auto known = invoices_.find(number);
    if (known != invoices_.end()) return &known->second;
    IncomingInvoice invoice;
    APPORTION_ASSIGN(invoice.import, workspace_.control_plane.next_import_id());
    invoice.path = temporary_ / fmt::format("invoice-{}.parquet", invoice.import.raw());
    APPORTION_ASSIGN(invoice.writer, InvoiceLinesWriter::create(invoice.import, invoice.path));
    return &invoices_.emplace(number, std::move(invoice)).first->second;
  }

  static void add_to_sums(const InvoiceLine& line, IncomingInvoice& invoice) {
    const std::string currency(line.currency->code());
    const auto [total, is_new] = invoice.totals.try_emplace(currency, ImportTotal{*line.currency, "", 0, {}, {}, {}});
    ++total->second.rows;
    total->second.billed += line.amount;
    if (!line.day) return;
    ++invoice.lines_of_month[Month::of(*line.day)];
    if (!invoice.first_day || *line.day < *invoice.first_day) invoice.first_day = line.day;
    if (!invoice.last_day || *invoice.last_day < *line.day) invoice.last_day = line.day;
  }

  // Two downloads of the same lines would count them twice.
  Result<void> check_versions() const {
    for (std::size_t i = 1; i < read_.size(); ++i) {
      for (std::size_t before = 0; before < i; ++before) {
        if (!read_[before].sample.holds_or_is_held_by(read_[i].sample)) continue;
        return Error{ErrorId::kFilesDoNotBelongTogether, "files of one invoice in one folder do not belong together",
                     store_.place_of(read_[i].file->blob.name),
                     fmt::format("all lines of one are lines of the other: it and {} may be two downloads of the same "
                                 "lines",
                                 read_[before].file->blob.name),
                     "leave the file that counts in the folder, and move the other away"};
      }
    }
    return ok();
  }

  // A line that names no invoice is a reject of the first one; the number is never guessed.
  Result<void> place_nameless_rejects() {
    if (nameless_.empty()) return ok();
    if (invoices_.empty()) {
      return Error{ErrorId::kInvoiceNumberMissing, "no line of the file says which invoice it is of",
                   store_.place_of(nameless_.front().file),
                   "Microsoft has not billed these lines yet, and they change from day to day",
                   "compare them where they are: what reconciles an invoice takes a file, too"};
    }
    auto& [number, first] = *invoices_.begin();
    for (const Reject& reject : nameless_) ++of_file(reject.file).rows[number];
    std::ranges::move(nameless_, std::back_inserter(first.rejects));
    return ok();
  }

  FileRead& of_file(const std::string& name) {
    return *std::ranges::find_if(read_, [&](const FileRead& read) { return read.file->blob.name == name; });
  }

  Result<Month> month_of(const std::string& number, const IncomingInvoice& invoice) const {
    const auto most = std::ranges::max_element(invoice.lines_of_month, [](const auto& left, const auto& right) {
      return std::tie(left.second, left.first) < std::tie(right.second, right.first);
    });
    if (most != invoice.lines_of_month.end()) return most->first;
    if (request_.month) return *request_.month;
    return Error{ErrorId::kMonthUnknown, "the month of these files cannot be determined",
                 store_.place_of(files_.front()->blob.name), fmt::format("no line of invoice {} has a day", number),
                 "name the month of the invoice: " + step(Step::kChooseMonth)};
  }

  Result<void> prepare(const std::string& number, IncomingInvoice& invoice, const IncomingFiles& incoming,
                       std::vector<Import>& imports) {
    if (invoice.writer->rows() == 0) return nothing_readable(number, invoice);
    APPORTION_ASSIGN(const Month month, month_of(number, invoice));
    if (request_.month && month != *request_.month) {
      report_.notes.push_back(fmt::format("invoice {} was skipped: most of its lines are of {}, not of {}", number,
                                          month.to_string(), request_.month->to_string()));
      return ok();
    }
    APPORTION_TRY(invoice.writer->finish());
    Import import = import_of(number, month, invoice);
    APPORTION_ASSIGN(const auto known,
                     workspace_.control_plane.find_import(connection_.id, import.dataset, number, import.content_hash));
    const std::string folder_here = folder_of(files_.front()->blob.name);
    const auto [folder_before, is_first] = folders_.try_emplace({kind_, number}, folder_here);
    if (known) {
      ++report_.already_there;
      return ok();
    }
    if (!is_first) return in_two_folders(number, folder_before->second);
    const fs::path folder =
        incoming.folder_of({LakeRole::kInvoiceLines, month, connection_.name, part_of_import(invoice.import)});
    APPORTION_TRY(make_folder(folder));
    const fs::path path = folder / lake_file_name(LakeContent::kInvoiceLines);
    std::error_code failure;
    fs::rename(invoice.path, path, failure);
    if (failure) return file_error("cannot write", path, failure.value());
    APPORTION_ASSIGN(const LakeFile file, lake_.describe(path, invoice.writer->rows()));
    import.files.push_back({file, "invoice-lines"});
    imports.push_back(std::move(import));
    return ok();
  }

  Error in_two_folders(const std::string& number, const std::string& before) const {
    return {ErrorId::kRunsWithoutOrder, "two folders have lines of one invoice, and nothing says which is newer",
            store_.place_of(files_.front()->blob.name),
            fmt::format("lines of invoice {} are in {} too", number, store_.place_of(before)),
            "import the older ones first, and then the newer ones by themselves"};
  }

  Error nothing_readable(const std::string& number, const IncomingInvoice& invoice) const {
    const Reject& first = invoice.rejects.front();
    return {ErrorId::kRowsRejected, fmt::format("no line of invoice {} can be read", number),
            fmt::format("{}, line {}, column {}", store_.place_of(first.file), first.line, first.column), first.reason,
            "download the file again, and import the original: spreadsheet programs rewrite numbers and days"};
  }

  Import import_of(const std::string& number, Month month, const IncomingInvoice& invoice) const {
    Import import;
    import.id = invoice.import;
    import.connection = connection_.id;
    import.dataset = dataset_of(kind_);
    import.month = month;
    import.run_id = number;
    import.first_day = invoice.first_day.value_or(month.first_day());
    import.last_day = invoice.last_day.value_or(month.last_day());
    import.verified = false;
    import.layout = files_.front()->layout;
    import.rows_stored = invoice.writer->rows();
    import.rows_rejected = std::ssize(invoice.rejects);
    import.rows_source = import.rows_stored + import.rows_rejected;
    for (const auto& [currency, total] : invoice.totals) import.totals.push_back(total);
    ContentHash hash;
    for (const FileRead& read : read_) {
      const auto rows = read.rows.find(number);
      if (rows == read.rows.end()) continue;
      hash.add(read.content_hash);
      import.source_files.push_back({read.file->blob.name, read.file->blob.bytes, rows->second, read.content_hash});
    }
    if (is_bill(kind_)) hash.add(import.layout);  // read otherwise, it is another bill
    import.content_hash = hash.hex();
    const std::string& name = import.source_files.front().name;
    import.source = import.source_files.size() == 1 ? name : folder_of(name);
    return import;
  }

  // Others may have changed the home meanwhile: everything is asked again, now that they wait.
  Result<void> publish(std::vector<Import> imports, IncomingFiles& incoming) {
    if (imports.empty()) return ok();
    APPORTION_ASSIGN(const WritableWorkspace writable, begin_writing(workspace_, kPatienceWithoutEnd));
    ControlPlane& control_plane = workspace_.control_plane;
    const auto now = control_plane.connection(connection_.id);
    if (!now || *now != connection_) {
      return Error{ErrorId::kConnectionChanged, "the connection was changed or removed while files were being read",
                   connection_.name, "nothing of them was imported", "import them again"};
    }
    APPORTION_TRY(incoming.move_in());
    for (Import& import : imports) {
      APPORTION_ASSIGN(const auto known,
                       control_plane.find_import(connection_.id, import.dataset, import.run_id, import.content_hash));
      if (known) {
        ++report_.already_there;
        continue;
      }
      for (ImportFile& file : import.files) file.file = incoming.moved(std::move(file.file));
      const std::vector<Reject>& rejects = invoices_.at(import.run_id).rejects;
      APPORTION_TRY(control_plane.add_import(import, rejects));
      report_.imported.push_back({std::move(import), first_of(rejects)});
    }
    return ok();
  }

  Workspace& workspace_;
  const Connection& connection_;
  const ImportRequest& request_;
  BlobStore& store_;
  const std::optional<ExpectedInvoice>& expected_;
  Lake lake_;
  InvoiceFileKind kind_;
  std::vector<const FoundInvoiceFile*> files_;
  fs::path temporary_;
  FoldersOfInvoices& folders_;
  std::vector<FileRead> read_;
  std::map<std::string, IncomingInvoice> invoices_;
  std::vector<Reject> nameless_;
  ImportReport report_;
};

Result<void> check_bill(const ImportRequest& request, const fs::path& path) {
  std::error_code failure;
  if (fs::is_regular_file(path, failure)) return ok();
  return Error{ErrorId::kFieldInvalid, "the bill cannot be imported", request.location,
               "a bill is one file, and this is none", "name the CSV file"};
}

Result<void> check_bill_name(const ImportRequest& request) {
  if (is_plain_name(request.bill_name)) return ok();
  return Error{ErrorId::kFieldInvalid, "the bill cannot be imported",
               fmt::format("name `{}`", excerpt(request.bill_name)),
               "the name of a bill has letters, digits, hyphens and underscores only, 40 at most",
               "choose a shorter one, for example eu-customers"};
}

// A name must be of something.
Result<void> check_named(const ImportRequest& request, const FoundInvoiceFiles& found) {
  const bool has_bill =
      std::ranges::any_of(found.files, [](const FoundInvoiceFile& file) { return is_bill(file.kind); });
  if (has_bill || request.bill_name == ImportRequest().bill_name) return ok();
  return Error{ErrorId::kFieldInvalid, "there is no bill that could have this name", request.location,
               fmt::format("`{}` was given as the name of a bill, and no file is one", excerpt(request.bill_name)),
               "name the columns of the bill, or those of the distributor's bills of the connection"};
}

// What of the files the connection's distributor has billed: those with all columns that were named, even where others
// of them are Microsoft's. One file that is nothing else must be its bill, too: whoever reads it tells what is wrong.
class DistributorBills {
 public:
  static Result<DistributorBills> of(const Workspace& workspace, const Connection& connection) {
    DistributorBills bills;
    APPORTION_ASSIGN(bills.layout_, workspace.control_plane.distributor_columns(connection.id));
    if (bills.layout_.empty()) return bills;
    APPORTION_ASSIGN(bills.columns_, parse_bill_columns(bills.layout_, "the columns of connection " + connection.name,
                                                        InvoiceFileKind::kDistributorBill));
    return bills;
  }

  const std::string& layout() const { return layout_; }

  bool are_there() const { return columns_.has_value(); }

  bool have(const InvoiceFile& file) const {
    if (!columns_) return false;
    const auto has_columns = has_columns_of_bill(file, *columns_);
    return has_columns && *has_columns;
  }

 private:
  std::string layout_;
  std::optional<BillColumns> columns_;
};

}  // namespace

bool may_hold_invoice_lines(const std::string& name) {
  const auto kind = file_kind_of_name(name);
  return !looks_like_unreadable_data(name) && (!kind || kind->format == FileFormat::kCsv);
}

Result<FoundInvoiceFiles> find_invoice_files(const Workspace& workspace, const Connection& connection,
                                             const ImportRequest& request) {
  const std::string& location = request.location;
  FoundInvoiceFiles found;
  const auto path = folder_of_location(location);
  std::error_code failure;
  APPORTION_TRY(check_bill_name(request));
  if (request.bill_columns) APPORTION_TRY(check_bill(request, path ? *path : fs::path()));
  if (!path || !fs::exists(*path, failure)) return found;
  found.is_one_file = fs::is_regular_file(*path, failure);
  const fs::path folder = found.is_one_file ? fs::absolute(*path, failure).parent_path() : *path;
  APPORTION_ASSIGN(found.store, FolderStore::at(folder.string()));
  std::vector<Blob> blobs;
  if (found.is_one_file) {
    blobs.push_back({path->filename().string(), static_cast<std::int64_t>(fs::file_size(*path, failure)), {}});
  } else {
    APPORTION_ASSIGN(blobs, found.store->list());
  }
  if (request.bill_columns) {
    found.files.push_back({blobs.front(), InvoiceFileKind::kBill, to_text(*request.bill_columns)});
    return found;
  }
  APPORTION_ASSIGN(const DistributorBills distributor, DistributorBills::of(workspace, connection));
  for (const Blob& blob : blobs) {
    if (!may_hold_invoice_lines(blob.name)) continue;
    const InvoiceFile file = file_in(*found.store, blob.name);
    const FoundInvoiceFile bill{blob, InvoiceFileKind::kDistributorBill, distributor.layout()};
    if (distributor.have(file)) {
      found.files.push_back(bill);
      continue;
    }
    const auto kind = recognise_invoice_file(file);
    if (!kind && found.is_one_file) return kind.error();
    if (kind && *kind) {
      found.files.push_back({blob, **kind, layout_of(**kind)});
    } else if (found.is_one_file && distributor.are_there()) {
      found.files.push_back(bill);
    }
  }
  APPORTION_TRY(check_named(request, found));
  if (!found.is_one_file || !found.files.empty()) return found;
  return Error{ErrorId::kFileColumnMissing, "this is no file of Microsoft's invoice lines", location,
               "its first line does not have the columns of one",
               "to import an export of Cost Management, name the folder that contains it"};
}

Result<ImportReport> import_invoice_files(Workspace& workspace, const Connection& connection,
                                          const ImportRequest& request, const FoundInvoiceFiles& found,
                                          const IntakeLock& /*lock*/) {
  std::map<std::pair<std::string, InvoiceFileKind>, std::vector<const FoundInvoiceFile*>> groups;
  for (const FoundInvoiceFile& file : found.files) groups[{folder_of(file.blob.name), file.kind}].push_back(&file);
  ImportReport report;
  APPORTION_ASSIGN(const TemporaryFolder temporary, workspace.home.make_temporary_folder());
  FoldersOfInvoices folders;
  for (const auto& [group, files] : groups) {
    const std::string place = found.store->place_of(files.size() == 1 ? files.front()->blob.name : group.first);
    if (workspace.talk) workspace.talk("reading lines of invoices in " + place);
    InvoiceImporter importer(workspace, connection, request, found, files, temporary.path(), folders);
    auto imported = importer.import();
    if (!imported) {
      if (ends_everything(imported.error().kind())) return std::move(imported).error();
      report.skipped.push_back({place, std::move(imported).error()});
      continue;
    }
    report.add(std::move(*imported));
  }
  return report;
}

Result<bool> is_known(const Workspace& workspace, const Connection& connection, const FoundInvoiceFiles& found,
                      const FoundInvoiceFile& file) {
  APPORTION_ASSIGN(const std::string hash, content_hash_of(found.store->local_path(file.blob.name)));
  APPORTION_ASSIGN(const auto imports, workspace.control_plane.imports(connection.id));
  return std::ranges::any_of(imports, [&](const Import& import) {
    if (import.dataset != dataset_of(file.kind)) return false;
    if (is_bill(file.kind) && import.layout != file.layout) return false;
    return std::ranges::find(import.source_files, hash, &SourceFile::content_hash) != import.source_files.end();
  });
}

}  // namespace apportion
