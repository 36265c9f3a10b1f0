/// Uploads: files that people give to the service, until they are imported: one file of an export, a file of
/// Microsoft's invoice lines, a file of customers, split rules, a bill of another program.
///
/// A file goes to a temporary folder of the home while it arrives, and is read once to say what it is. It belongs to
/// whoever made it, and ends a day later, with its import, or with the process. Nothing of it is in the control plane:
/// what a crash leaves, the next writer removes, as it does with the folders of commands.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "application/sync.h"
#include "foundation/base/cancel.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/base/utc_time.h"
#include "foundation/model/dataset.h"
#include "pipeline/publication/workspace.h"
#include "store/home.h"

namespace apportion {

inline constexpr std::int64_t kUploadsMax = 20;  ///< Of one person.
/// Of all uploads together.
inline constexpr std::int64_t kUploadBytesMax = std::int64_t{4} << 30;
inline constexpr std::int64_t kUploadSecondsMax = 24 * 60 * 60;

enum class UploadKind {
  kExport,        ///< A file that an export wrote: costs, prices, or about commitments.
  kInvoiceLines,  ///< A file of Partner Center or Microsoft Graph.
  kCustomers,     ///< As `customer import` reads it.
  kRules,         ///< Split rules.
  kBill,          ///< A bill of another program, as whoever sent it said.
  kUnknown,
};
/// `export`, `invoice-lines`, `customers`, `rules`, `bill`, `unknown`
std::string_view upload_kind_name(UploadKind kind);

/// What a file is, as its content says; of a bill, nothing but what its columns are called.
struct UploadContent {
  UploadKind kind = UploadKind::kUnknown;
  std::string layout = {};                 ///< Of an export: `MPA`, `FOCUS 1.2-preview`, …
  std::vector<Dataset> datasets = {};      ///< Of an export: those that have these columns; of invoice lines: theirs.
  std::vector<Month> months = {};          ///< Of both: those that its rows belong to, in order.
  std::vector<std::string> invoices = {};  ///< Of invoice lines: their numbers; without a number, it is not billed yet.
  std::int64_t rows = 0;                   ///< Of both; else its customers or rules.
  std::int64_t rejected = 0;               ///< Of invoice lines: those that cannot be read, or name no invoice.
  std::vector<Error> faults = {};          ///< What keeps customers or rules from being used.
  std::vector<std::string> columns = {};   ///< Of a bill: the names of its columns, in order.
};

struct Upload {
  std::string id;
  std::string name;  ///< As it was given.
  std::int64_t bytes = 0;
  UtcTime ends_at = {};
  UploadContent content;
};

/// A file in a folder of its own, which goes with the object.
struct StoredUpload {
  std::string owner;
  bool is_bill = false;  ///< As its owner says.
  Upload upload;
  TemporaryFolder folder;
  std::filesystem::path file;
};
using StoredUploadPtr = std::shared_ptr<const StoredUpload>;

/// A file that is arriving. Not thread-safe.
class IncomingUpload {
 public:
  /// Errors: the disk fails.
  Result<void> take(std::string_view piece);
  ~IncomingUpload();
  IncomingUpload(const IncomingUpload&) = delete;
  IncomingUpload& operator=(const IncomingUpload&) = delete;

 private:
  friend class Uploads;
  IncomingUpload(class Uploads& owner_of_all, std::unique_ptr<StoredUpload> stored)
      : uploads_(&owner_of_all), stored_(std::move(stored)), out_(stored_->file, std::ios::binary) {}
  class Uploads* uploads_;
  std::unique_ptr<StoredUpload> stored_;
  std::ofstream out_;
};

/// Thread-safe. Must outlive its incoming uploads.
class Uploads {
 public:
  Uploads(Home home, std::function<std::int64_t()> epoch_seconds)
      : home_(std::move(home)), epoch_seconds_(std::move(epoch_seconds)) {}

  /// Begins to take a file. `name` is what it is called, without folders; `is_bill`: it is a bill of another program,
  /// which may have any columns. Errors: kFieldInvalid for a name that cannot be one of a file; kTooManyRequests when
  /// the person has too many; kServiceBusy when all together are too large, or too many are arriving.
  Result<std::unique_ptr<IncomingUpload>> begin(const std::string& owner, const std::string& name,
                                                bool is_bill = false);
  /// Says what the file is, and keeps it. Errors: kFileColumnMissing for a bill that is no CSV file; kGzipBroken,
  /// kParquetUnreadable, kCsvBroken and the like of a file that is damaged, kFileTooLarge once it is unpacked,
  /// kInterrupted; then the file is gone.
  Result<Upload> keep(std::unique_ptr<IncomingUpload> incoming, const Cancel& cancel);

  /// Errors: kNoSuchRecord, also for those of others.
  Result<StoredUploadPtr> find(const std::string& owner, const std::string& id);
  Result<void> remove(const std::string& owner, const std::string& id);
  /// After its import; not an error if it has ended meanwhile.
  void forget(const std::string& id);
  /// Removes those that have ended.
  void drop_ended();

 private:
  friend class IncomingUpload;
  void drop_ended_locked();  // `mutex_` is held

  Home home_;
  std::function<std::int64_t()> epoch_seconds_;
  std::mutex mutex_;
  std::map<std::string, StoredUploadPtr> kept_;
  int arriving_ = 0;
};

/// What a file is. `temporary`: a folder for whatever reads it. Errors: as of `Uploads::keep`.
Result<UploadContent> describe_upload(const std::filesystem::path& file, const std::filesystem::path& temporary,
                                      const Cancel& cancel);

/// Whether all are files of exports, or all are files of invoice lines, with names that differ. Errors: kNotACostFile,
/// kFieldInvalid.
Result<void> check_importable(const std::vector<StoredUploadPtr>& uploads);
/// Whether all are files of invoice lines. Errors: kFileColumnMissing.
Result<void> check_invoice_lines(const std::vector<StoredUploadPtr>& uploads);
/// Whether each line of a bill can be read with the columns and the month of `request`. Errors: kFileColumnMissing for
/// another file, kFileTooLarge, kInterrupted, those of `read_bill`.
Result<void> check_bill(const StoredUpload& upload, const ImportRequest& request, const Cancel& cancel);

/// Imports files of one export and month together, as `import_folder` does with files that have no manifest; or the one
/// that is a bill, where `request` has its columns. The location of `request` is not read. They must be importable.
/// Errors: those of `import_folder`.
Result<FlowReport> import_uploads(Workspace& workspace, const std::vector<StoredUploadPtr>& uploads,
                                  FolderImport request);

/// The text of a file of customers. Errors: kCustomerFileWrong when it is something else.
Result<std::string> customers_of_upload(const StoredUpload& upload);

}  // namespace apportion
