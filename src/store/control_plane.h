/// The control plane: one SQLite file in the home that knows everything but the rows themselves.
///
/// Connections, customers, documents, imports, charge sets, splits, bill months, and the catalog of lake files.
/// Processes may share it (WAL); each call is one transaction. Publishing is a single transaction: readers see the old
/// or the new state. Amounts are stored as exact decimal text. Not thread-safe: one ControlPlane per thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/charge_metric.h"
#include "foundation/model/dataset.h"
#include "foundation/model/document.h"
#include "foundation/model/ids.h"
#include "foundation/model/month_days.h"
#include "foundation/money/currency.h"
#include "foundation/money/decimal.h"
#include "foundation/money/remainder.h"

namespace apportion {

/// Where a partner's bill comes from: a name and the export locations (folders; `file://` URLs are stored as paths).
struct Connection {
  ConnectionId id{};
  std::string name;  ///< The bill source. `[a-z0-9][a-z0-9._-]*`, at most 64 characters.
  /// Where the exports of a dataset lie: a folder, or the URL of a place in blob storage.
  std::map<Dataset, std::string> locations = {};
  bool mend = true;                  ///< Mend known holes of FOCUS exports (each mend is recorded in the row).
  bool allow_retail_prices = false;  ///< Take files of the subscription scope (retail prices) for billing.
  bool allow_overlap = false;        ///< Take costs that another connection holds too.

  std::optional<std::string> location(Dataset dataset) const {
    const auto found = locations.find(dataset);
    return found == locations.end() ? std::nullopt : std::optional(found->second);
  }

  bool operator==(const Connection&) const = default;
};

/// A tenant that a customer has from a day on, until it comes to another (tenant_periods.h).
struct DatedTenant {
  std::string id;  ///< Lower case.
  Day from = Day(0);

  bool operator==(const DatedTenant&) const = default;
};

struct Customer {
  CustomerId id;
  std::string name;
  std::string external_id;
  std::vector<std::string> tenant_ids;  ///< Lower case; without a day, a tenant belongs to one customer at most.
  std::vector<DatedTenant> dated_tenants = {};  ///< On one day, a tenant comes to one customer at most.
  /// From this day on its tenants are nobody's, unless another customer has them.
  std::optional<Day> retired_from = {};
  std::string merged_into = {};  ///< Id of the customer that took over; empty: none did.

  bool operator==(const Customer&) const = default;
};

/// A Parquet file of the lake, path relative to the lake's folder.
struct LakeFile {
  std::string path;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::string content_hash;  ///< Of its bytes, as `content_hash_of` tells it; empty: published by an earlier version.
};

/// Where the rows of an import go when charges are put together (docs/adr on actual and amortized).
struct ImportFile {
  LakeFile file;
  /// `charges`: rows that are charges; `mirror`: rows of the actual file that the amortized file repeats;
  /// `commitments`: rows of a dataset that tells of commitments; `prices`: rows of a price sheet.
  std::string role;
};

/// Sums over the source text of an import, by currency: what the vendor's files say, before anything was stored.
struct ImportTotal {
  Currency currency;
  std::string charge_category;
  std::int64_t rows = 0;
  Decimal billed;     ///< Actual and FOCUS files; zero for amortized ones.
  Decimal effective;  ///< Amortized and FOCUS files; zero for actual ones.
  /// What mends of a FOCUS file changed: stored = source + mended.
  Decimal mended_effective;
  /// What the text of the files has beyond the 18th digit of its costs: source to its last digit = sum + remainder.
  Remainder billed_remainder = {};
  Remainder effective_remainder = {};
};

/// What an import notes of another metric, of its rows that are charges or of its mirror rows.
struct ImportMetricTotal {
  Currency currency;
  std::string charge_category;
  std::string role;  ///< As ImportFile::role: `charges` or `mirror`.
  ChargeMetric metric = ChargeMetric::kListCost;
  MetricSum sum;
};

struct SourceFile {
  std::string name;
  std::int64_t bytes = 0;
  std::int64_t rows = 0;
  std::string content_hash;  ///< XXH3 (128 bits, hex) of the bytes as delivered: tells files apart, no secret.
};

/// Another connection that holds the same costs, of the same month.
struct ImportOverlap {
  ConnectionId connection;
  std::string why;  ///< For people, as the end of a sentence: `the same run is there`.
};

struct Import {
  ImportId id;
  ConnectionId connection;
  Dataset dataset = Dataset::kActualCost;
  Month month = *Month::from_civil(1, 1);
  std::string run_id;        ///< Vendor's run id, or a hash of the file names for runs without a manifest.
  std::string content_hash;  ///< Over manifest and blobs: tells the same run from an overwritten one.
  std::string source;        ///< Manifest or file it was read from.
  std::string submitted_at;  ///< ISO; empty when unknown.
  Day first_day = Day(0);    ///< First and last day the run covers.
  Day last_day = Day(0);
  bool verified = true;  ///< False when there was no manifest to check against.
  std::string layout;    ///< `MPA`, `MCA`, `CSP subscription`, `EA`, `FOCUS 1.2-preview`, …
  std::int64_t rows_source = 0;
  std::int64_t rows_stored = 0;
  std::int64_t rows_rejected = 0;
  std::string notes;           ///< Lines for the person: unknown columns, flagged values.
  std::string scope = {};      ///< ARM id of what the run covers, in lower case; empty when unknown.
  std::string marks = {};      ///< Lines, of `notes` too: what was taken in on doubtful grounds.
  std::string withdrawn = {};  ///< Why a person took it out of force; empty: it counts.
  std::string imported_at;
  /// Checksum over the rows that actual and amortized files share: equal for two files that agree.
  std::string mirror_checksum;
  std::vector<ImportTotal> totals;
  std::vector<ImportMetricTotal> metric_totals = {};  ///< Empty beside totals: taken in before they were noted.
  /// On which days of its month it has charges; nothing: taken in before they were noted.
  std::optional<MonthDays> charge_days = {};
  std::vector<ImportFile> files;
  std::vector<SourceFile> source_files;
  std::vector<ImportOverlap> overlaps = {};  ///< By connection. Taken in because a connection allows it.
};

/// A bad input row, kept.
struct Reject {
  std::string file;
  std::int64_t line = 0;
  std::string column;
  std::string value;
  std::string reason;
};

/// The charges of a bill month: which imports, which files. Immutable; a later one takes its place.
struct ChargeSet {
  ChargeSetId id;
  ConnectionId connection;
  Month month = *Month::from_civil(1, 1);
  std::vector<ImportId> imports;
  std::vector<LakeFile> files;
  std::int64_t timing_rows = 0;  ///< Balancing rows because actual and amortized came from runs that disagree.
  std::string notes;
  std::vector<ImportId> price_sheets = {};  ///< Those that were in force: one a billing profile.
  std::vector<LakeFile> filled_files = {};  ///< Prices and costs that the files leave open, from the price sheets.
  std::string accepted_loss = {};  ///< What they are less than those before, if somebody took them all the same.
};

/// Which customer got what of a charge set. Immutable.
struct Split {
  SplitId id;
  ChargeSetId charge_set;
  std::map<DocumentKind, DocumentVersion> documents;  ///< The versions that it was made by.
  std::string rules_effective;          ///< `2026-01` of the list in force; empty when only implied rules were.
  std::vector<LakeFile> direct_files;   ///< One row a charge that went to one customer as a whole.
  std::vector<LakeFile> share_files;    ///< One row a share of a charge.
  std::vector<LakeFile> move_files;     ///< Rows that move a charge's cost between customers; they sum to zero.
  std::vector<std::string> rule_names;  ///< By rule number in the files.
  std::string notes;

  /// The version of a document that it was made by; nothing when there was none.
  std::optional<DocumentVersion> version_of(DocumentKind kind) const {
    const auto found = documents.find(kind);
    return found == documents.end() ? std::nullopt : std::optional(found->second);
  }
};

struct BillMonth {
  ConnectionId connection;
  Month month = *Month::from_civil(1, 1);
  bool locked = false;
  std::optional<ChargeSetId> charge_set;
  std::optional<SplitId> split;
  bool needs_split = false;  ///< Customers or documents changed since it was split, or it never was.
};

/// Why newer charges of a month do not come in force by themselves.
enum class HoldCause {
  kLocked,   ///< The month is closed.
  kRejects,  ///< Rows of their runs could not be read, and those in force are split.
  kShrunk,   ///< Their runs hold fewer rows or lower costs than those in force, beyond the setting.
};
std::string_view hold_cause_name(HoldCause cause);  ///< `locked`, `rejects`, `shrunk`

struct Hold {
  HoldCause cause = HoldCause::kLocked;
  std::string detail;  ///< For people.
};

enum class HoldDecision {
  kOpen,
  kLeft,        ///< What is in force stays.
  kAccepted,    ///< They were put in force.
  kCarried,     ///< What they change counts in a later month.
  kSuperseded,  ///< Newer charges took their place before anybody decided.
};
std::string_view hold_decision_name(HoldDecision decision);  ///< `open`, `left`, `accepted`, `carried`, `superseded`

/// Newer charges of a month, put together and split, that are not in force.
struct HeldCharges {
  ConnectionId connection;
  Month month = *Month::from_civil(1, 1);
  ChargeSetId charge_set;
  SplitId split;
  Hold hold;
  std::string held_at;
  HoldDecision decision = HoldDecision::kOpen;
  std::string decided_at;  ///< Empty while open, as are the others.
  std::string decided_by;
  std::string reason;
};

/// Sums of the rows of a carry.
struct CarryTotal {
  Currency currency;
  std::string charge_category;
  Decimal billed;
  std::optional<Decimal> effective;  ///< Nothing when it is unknown.

  bool operator==(const CarryTotal&) const = default;
};

/// What newer charges of a locked month change, counted in a later month of the same connection: rows of their own,
/// beside the charges of both months.
struct Carry {
  CarryId id{};
  ConnectionId connection{};
  Month from = *Month::from_civil(1, 1);
  Month to = *Month::from_civil(1, 1);
  ChargeSetId charge_set{};  ///< The newer charges, which stay held.
  ImportId row_import{};     ///< In the ids of its rows; no import has it.
  LakeFile file = {};
  std::vector<CarryTotal> totals = {};
  std::string carried_at = {};
  std::string carried_by = {};
  std::string reason = {};
  std::string undone_at = {};  ///< Empty while it counts, as are the others.
  std::string undone_by = {};
  std::string undo_reason = {};

  bool counts() const { return undone_at.empty(); }
};

/// What a month shows from now on. Without new charges, the split is one of the charges that are published.
struct MonthPublication {
  std::optional<ChargeSet> charge_set;
  std::optional<Split> split;
  std::optional<Hold> hold = {};  ///< Charges and split are kept beside what the month shows, which stays.
};

/// A customer as a locked month calls it.
struct LockedCustomer {
  CustomerId id;
  std::string name;
  std::string external_id;
};

/// What was changed in the control plane, written in the transaction that changed it. The log only grows, and each
/// entry holds a hash over itself and the entry before it.
struct AuditEntry {
  std::int64_t number = 0;  ///< From 1 on, without gaps.
  std::string at;           ///< UTC, `2026-11-22T11:00:00Z`.
  std::string actor;        ///< As `Caller::actor`; empty in entries of versions that did not know it.
  std::string what;         ///< `connection.add`, `month.publish`, …
  std::string detail;       ///< For people.
  std::string hash;         ///< SHA-256 in lower-case hex.
};

/// Whether the audit log is as it was written.
struct AuditVerification {
  std::int64_t entries = 0;
  std::string head;                       ///< Hash of the newest entry; empty when there is none.
  std::optional<std::int64_t> broken_at;  ///< Number of the first entry that is not what was written, or is missing.

  bool holds() const { return !broken_at; }
};

/// How closely the control plane is looked at.
enum class PlaneCheck {
  kRows,   ///< Whether what reports are made of is as it was written: a moment.
  kWhole,  ///< Every row, the audit log, and the pages and indexes of the file, too.
};

/// Several calls on a control plane as one: what they change is seen by others at `commit`, all of it, or never. The
/// destructor undoes what was not committed. Others wait to write meanwhile: never wait for anything in between.
class ControlPlaneTransaction {
 public:
  ControlPlaneTransaction(ControlPlaneTransaction&&) noexcept;
  ~ControlPlaneTransaction();
  Result<void> commit();

 private:
  friend class ControlPlane;
  class State;
  explicit ControlPlaneTransaction(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class ControlPlane {
 public:
  /// Opens the file, making it when `create`, and brings it up to date by the numbered migrations. A file that a newer
  /// program wrote is refused.
  static Result<ControlPlane> open(const std::filesystem::path& file, Clock clock, bool create);
  ControlPlane(ControlPlane&&) noexcept;
  ControlPlane& operator=(ControlPlane&&) noexcept;
  ~ControlPlane();

  /// Who changes things from now on; stands in the audit log. `system` until somebody is named.
  void act_for(std::string actor);
  const std::string& actor() const;

  /// Makes the calls until its `commit` one transaction. Ids are never taken in between.
  Result<ControlPlaneTransaction> begin();

  /// The id of `connection` is not read. Locations: `file://` and relative ones become absolute paths, empty ones
  /// nothing.
  Result<Connection> add_connection(const Connection& connection);
  /// Replaces everything but the id. A new name is refused once there are imports: their rows carry the old one.
  Result<void> update_connection(const Connection& connection);
  Result<void> remove_connection(ConnectionId id);  ///< Refused while it has imports.
  /// The same with all that was taken in from it and published of it; its files are left-overs then. Refused while a
  /// month of it is locked.
  Result<void> remove_connection_with_imports(ConnectionId id, const std::string& reason);
  Result<std::vector<Connection>> connections() const;  ///< By name.
  Result<Connection> connection_named(const std::string& name) const;
  Result<Connection> connection(ConnectionId id) const;

  /// Adds or replaces customers by id, all or none. Ids are `[A-Za-z0-9][A-Za-z0-9._-]*`, at most 64 characters, not
  /// `unassigned`; tenant ids are trimmed, put in lower case, and kept once. Refuses a tenant that would belong to two
  /// customers, naming both.
  Result<void> put_customers(const std::vector<Customer>& customers);
  Result<void> remove_customer(const CustomerId& id);
  /// Retires a customer from a day on, perhaps in favour of another; nothing as the day makes it active again. Errors:
  /// kNoSuchCustomer.
  Result<void> retire_customer(const CustomerId& id, std::optional<Day> from, const std::string& merged_into);
  Result<std::vector<Customer>> customers() const;  ///< By id.

  /// Applies a document: it is in force from now on, and months that are split need a new split.
  Result<Document> add_document(DocumentKind kind, const std::string& text);
  Result<std::optional<Document>> current_document(DocumentKind kind) const;
  Result<std::vector<Document>> document_history(DocumentKind kind) const;  ///< Newest first.
  Result<Document> document(DocumentKind kind, DocumentVersion version) const;

  /// An id for a new import; ids are never used again, also not after a crash.
  Result<ImportId> next_import_id();
  Result<ChargeSetId> next_charge_set_id();
  Result<SplitId> next_split_id();

  /// Publishes an import with its totals, files and rejects at once. Its id is one that `next_import_id` gave; the time
  /// is now when it carries none. Refused when rows of the source are neither stored nor rejected. Makes the bill month
  /// of a dataset with charges.
  Result<void> add_import(const Import& import, const std::vector<Reject>& rejects);
  Result<std::vector<Import>> imports(ConnectionId connection,
                                      std::optional<Month> month = std::nullopt) const;  ///< By id.
  Result<Import> import(ImportId id) const;
  /// The newest import of a run, if that very content was taken in before.
  Result<std::optional<ImportId>> find_import(ConnectionId connection, Dataset dataset, const std::string& run_id,
                                              const std::string& content_hash) const;
  /// Takes an import out of force; publishing what its month is without it is the caller's. Errors: kNoSuchRecord,
  /// kMonthLocked, kAlreadyWithdrawn.
  Result<void> withdraw_import(ImportId id, const std::string& reason);
  Result<std::vector<Reject>> rejects(ImportId id) const;
  /// Remembers what an import covers, unless that is known already.
  Result<void> learn_scope(ImportId id, const std::string& scope);

  /// Publishes a month at once: its charges, and its split when there is one. Refused for a locked month, and when
  /// newer charges than these are published already.
  Result<void> publish_month(const ChargeSet& charge_set, const std::optional<Split>& split);
  /// Publishes another split of charges that are published already. Refused for a locked month, or when the month has
  /// moved on.
  Result<void> publish_split(const Split& split);
  /// Publishes several months at once, all or none of them.
  Result<void> publish(const std::vector<MonthPublication>& months);
  /// What is or was held, of a connection and a month when they are named: by connection and month, newest first.
  Result<std::vector<HeldCharges>> held_charges(std::optional<ConnectionId> connection = std::nullopt,
                                                std::optional<Month> month = std::nullopt) const;
  /// Decides on charges that are held; putting accepted ones in force is a publication of its own. Errors:
  /// kNothingHeld.
  Result<void> decide_held(ChargeSetId charge_set, HoldDecision decision, const std::string& reason);
  /// Decides that what held charges change counts in a later month, from this call on; ids, times and names of people
  /// of `carry` are not read. Errors: kNothingHeld; kCarryNotPossible when the month that they are of is not locked, or
  /// the other one is earlier or has no charges; kMonthLocked when that one is.
  Result<CarryId> add_carry(const Carry& carry);
  /// Whether its months are as `add_carry` needs them; the same errors.
  Result<void> check_carry(const Carry& carry) const;
  /// The rows of the newest carry that counts of a month count no more; the charges are held again. Errors:
  /// kNothingCarried; kMonthLocked when the month that it went to is.
  Result<Carry> undo_carry(ConnectionId connection, Month from, const std::string& reason);
  /// Undone ones too; by id.
  Result<std::vector<Carry>> carries(std::optional<ConnectionId> connection = std::nullopt) const;
  /// Only a month with published charges can be locked. No error when it is so already. A locked month keeps the names
  /// of customers as they are now; it stays locked while a later month counts what was carried from it (kMonthCarried).
  Result<void> set_locked(ConnectionId connection, Month month, bool locked);

  Result<std::vector<BillMonth>> bill_months() const;  ///< By connection and month.
  /// The customers as a locked month calls them, by id; empty for a month that is not locked.
  Result<std::vector<LockedCustomer>> locked_customers(ConnectionId connection, Month month) const;
  /// One month; nothing when no import of it was ever taken in.
  Result<std::optional<BillMonth>> bill_month(ConnectionId connection, Month month) const;
  Result<ChargeSet> charge_set(ChargeSetId id) const;
  /// Those that are or were in force, newest first.
  Result<std::vector<ChargeSet>> charge_sets(ConnectionId connection, Month month) const;
  Result<Split> split(SplitId id) const;
  Result<std::optional<Split>> latest_split_of(ChargeSetId id) const;

  /// Every lake path that the catalog knows, live or superseded; other files of the lake are left-overs of a crash.
  Result<std::vector<LakeFile>> known_lake_files() const;

  /// What is not as it was written, as errors (kControlPlaneDamaged) that name it; empty when all is well.
  Result<std::vector<Error>> damages(PlaneCheck check) const;
  /// The first damage.
  Result<void> check(PlaneCheck check) const;

  /// Writes the control plane as it is now to a new file, while others may go on reading and writing.
  Result<void> copy_to(const std::filesystem::path& file) const;

  /// Notes what was done to the home as a whole: a backup, a restoration.
  Result<void> note(const std::string& what, const std::string& detail);
  /// The newest entries, newest first.
  Result<std::vector<AuditEntry>> audit_log(std::int64_t entries_max = 1000) const;
  /// Computes the hashes anew, from the first entry on.
  Result<AuditVerification> verify_audit_log() const;

  /// The settings that somebody set, by name. `store/settings.h` knows what they mean.
  Result<std::map<std::string, std::string>> stored_settings() const;
  /// Sets one; nothing takes it away, so that its default holds again.
  Result<void> put_setting(const std::string& name, const std::optional<std::string>& value);

 private:
  Result<void> hold_month(const ChargeSet& charge_set, const Split& split, const Hold& hold);

  friend class AzureCatalog;  // may share the database, and so its transactions
  class Database;
  explicit ControlPlane(std::shared_ptr<Database> database);
  std::shared_ptr<Database> database_;
};

}  // namespace apportion
