/// The control plane: one SQLite file in the home that holds everything except the rows themselves.
///
/// It holds connections, customers, documents, imports, charge sets, splits, bill months, and the catalog of lake
/// files. Processes may share it (WAL); each call is one transaction. Publishing is a single transaction: readers see
/// the old or the new state. Amounts are stored as exact decimal text. Not thread-safe: use one ControlPlane per
/// thread.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeindex>
#include <utility>
#include <vector>

#include "foundation/base/clock.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/charge_metric.h"
#include "foundation/model/customer_view.h"
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
  /// Where the exports of a dataset are: a folder, or the URL of a location in blob storage.
  std::map<Dataset, std::string> locations = {};
  bool mend = true;                  ///< Fill known gaps of FOCUS exports (each change is recorded in the row).
  bool allow_retail_prices = false;  ///< Accept files of the subscription scope (retail prices) for billing.
  bool allow_overlap = false;        ///< Accept costs that another connection holds too.

  std::optional<std::string> location(Dataset dataset) const {
    const auto found = locations.find(dataset);
    return found == locations.end() ? std::nullopt : std::optional(found->second);
  }

  bool operator==(const Connection&) const = default;
};

/// A tenant that a customer has from a day on, until it passes to another (tenant_periods.h).
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
  std::vector<DatedTenant> dated_tenants = {};  ///< On one day, a tenant passes to one customer at most.
  /// From this day on, its tenants belong to no customer, unless another customer has them.
  std::optional<Day> retired_from = {};
  std::string merged_into = {};  ///< Id of the customer that took over; empty if none did.
  CustomerView sees = CustomerView::kList;

  bool operator==(const Customer&) const = default;
};

/// That a file was removed, since nothing needed it any more.
struct FileRemoval {
  std::string at;              ///< UTC.
  std::int64_t kept_days = 0;  ///< What the setting was then.

  bool operator==(const FileRemoval&) const = default;
};

/// A Parquet file of the lake; the path is relative to the lake's folder.
struct LakeFile {
  std::string path;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::string content_hash;  ///< Of its bytes, by `content_hash_of`; empty if an earlier version published it.
  std::optional<FileRemoval> removal = {};  ///< Nothing while it is kept.
  std::int64_t version = 1;                 ///< Of the lake's content, by which it was written: `kLakeVersion` then.
};

/// Where the rows of an import go when charges are assembled (docs/adr on actual and amortized).
struct ImportFile {
  LakeFile file;
  /// `charges`: rows that are charges; `mirror`: rows of the actual file that the amortized file repeats; `stand-ins`,
  /// `stand-in-charges`: see lake/import_rows.h; `commitments`: rows of a dataset about commitments; `prices`: rows of
  /// a price sheet; `invoice-lines`: lines of an invoice.
  std::string role;
};

/// Sums over the source text of an import, by currency: what the vendor's files state, before anything was stored.
struct ImportTotal {
  Currency currency;
  std::string charge_category;
  std::int64_t rows = 0;
  Decimal billed;     ///< Actual and FOCUS files; zero for amortized ones.
  Decimal effective;  ///< Amortized and FOCUS files; zero for actual ones.
  /// What filling gaps of a FOCUS file changed: stored = source + mended.
  Decimal mended_effective;
  /// What the costs in the files have beyond the 18th digit: source to its last digit = sum + remainder.
  Remainder billed_remainder = {};
  Remainder effective_remainder = {};
};

/// The sums of another metric of an import, over its rows that are charges or over its mirror rows.
struct ImportMetricTotal {
  Currency currency;
  std::string charge_category;
  std::string role;  ///< As in ImportFile::role: `charges` or `mirror`.
  ChargeMetric metric = ChargeMetric::kListCost;
  MetricSum sum;
};

struct SourceFile {
  std::string name;
  std::int64_t bytes = 0;
  std::int64_t rows = 0;
  std::string content_hash;  ///< XXH3 (128 bits, hex) of the bytes as delivered: distinguishes files, no protection.
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
  /// The vendor's run id, or a hash of the file names for runs without a manifest; of invoice lines, the invoice.
  std::string run_id;
  std::string content_hash;  ///< Over manifest and blobs: distinguishes a run from an overwritten one.
  std::string source;        ///< Manifest or file it was read from.
  std::string submitted_at;  ///< ISO; empty if unknown.
  Day first_day = Day(0);    ///< First and last day the run covers.
  Day last_day = Day(0);
  bool verified = true;  ///< False if there was no manifest to check against.
  std::string layout;    ///< `MPA`, `MCA`, `CSP subscription`, `EA`, `FOCUS 1.2-preview`, …
  std::int64_t rows_source = 0;
  std::int64_t rows_stored = 0;
  std::int64_t rows_rejected = 0;
  std::string notes;           ///< Lines for people: unknown columns, flagged values.
  std::string scope = {};      ///< ARM id of what the run covers, in lower case; empty if unknown.
  std::string marks = {};      ///< Those lines of `notes` that are about rows taken in on doubtful grounds.
  std::string withdrawn = {};  ///< Why a person took it out of force; empty if it counts.
  std::string imported_at;
  /// Checksum over the rows that actual and amortized files share: equal for two files that agree.
  std::string mirror_checksum;
  std::vector<ImportTotal> totals;
  std::vector<ImportMetricTotal> metric_totals = {};  ///< Empty beside totals: taken in before they were recorded.
  /// The days of its month with charges; nothing if taken in before they were recorded.
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

/// The charges of a bill month: which imports, which files. Immutable; a later one replaces it.
struct ChargeSet {
  ChargeSetId id;
  ConnectionId connection;
  Month month = *Month::from_civil(1, 1);
  std::vector<ImportId> imports;
  std::vector<LakeFile> files;
  std::int64_t timing_rows = 0;  ///< Balancing rows, needed because the actual and the amortized run disagree.
  std::string notes;
  std::vector<ImportId> price_sheets = {};  ///< Those that were in force: one for each billing profile.
  std::vector<LakeFile> filled_files = {};  ///< Prices and costs that the files lack, from the price sheets.
  std::string accepted_loss = {};           ///< What they lack against those before, if somebody accepted them anyway.
};

/// Which customer got which part of a charge set. Immutable.
struct Split {
  SplitId id;
  ChargeSetId charge_set;
  std::map<DocumentKind, DocumentVersion> documents;  ///< The versions that it was computed from.
  std::string rules_effective;         ///< `2026-01` of the list in force; empty if only implied rules were.
  std::vector<LakeFile> direct_files;  ///< One row for each charge that went to one customer as a whole.
  std::vector<LakeFile> share_files;   ///< One row for each share of a charge.
  std::vector<LakeFile> move_files;    ///< Rows that move a charge's cost between customers; they sum to zero.
  /// Cubes: sums of all assignments, by customer and other columns (lake/cubes.h). Empty if an earlier version
  /// made the split.
  std::vector<LakeFile> month_cube_files;
  std::vector<LakeFile> day_cube_files;
  std::vector<LakeFile> tag_cube_files;
  std::vector<LakeFile> day_total_files;  ///< By day, without the customer.
  /// By rule number in the files. For publishing: there are as many as customers, so `ControlPlane::split` leaves them
  /// out, and `ControlPlane::rule_names` reads them.
  std::vector<std::string> rule_names;
  std::string notes;

  /// The version of a document that it was computed from; nothing if there was none.
  std::optional<DocumentVersion> version_of(DocumentKind kind) const {
    const auto found = documents.find(kind);
    return found == documents.end() ? std::nullopt : std::optional(found->second);
  }
};

/// A dataset that is derived for a bill month. Whoever stores, checks, moves or lists its files goes through these
/// tables, so a dataset that is added is added in one place. Charges come from the imports of the set, prices are
/// filled in from its price sheets; assignments and shares come from those charges, the rules and the customers of the
/// split, and moves from all of them and the commitment policies. Cubes come from what the split assigns and moves.
struct ChargeSetDataset {
  std::string_view name;
  std::vector<LakeFile> ChargeSet::*files;
};
inline constexpr std::array<ChargeSetDataset, 2> kChargeSetDatasets{
    {{"charges", &ChargeSet::files}, {"filled", &ChargeSet::filled_files}}};

struct SplitDataset {
  std::string_view name;  ///< As the control plane keeps it.
  std::vector<LakeFile> Split::*files;
  bool is_cube = false;
};
inline constexpr std::array<SplitDataset, 7> kSplitDatasets{{{"direct", &Split::direct_files},
                                                             {"share", &Split::share_files},
                                                             {"move", &Split::move_files},
                                                             {"month-cube", &Split::month_cube_files, true},
                                                             {"day-cube", &Split::day_cube_files, true},
                                                             {"tag-cube", &Split::tag_cube_files, true},
                                                             {"day-total", &Split::day_total_files, true}}};

/// The files of all datasets, in the order of the tables.
std::vector<LakeFile> files_of(const ChargeSet& charge_set);
std::vector<LakeFile> files_of(const Split& split);

struct BillMonth {
  ConnectionId connection;
  Month month = *Month::from_civil(1, 1);
  bool locked = false;
  std::optional<ChargeSetId> charge_set;
  std::optional<SplitId> split;
  bool needs_split = false;  ///< Customers or documents changed since it was split, or it was never split.
};

/// Why newer charges of a month do not come into force by themselves.
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
  kSuperseded,  ///< Newer charges replaced them before anybody decided.
};
std::string_view hold_decision_name(HoldDecision decision);  ///< `open`, `left`, `accepted`, `carried`, `superseded`

/// Newer charges of a month, assembled and split, that are not in force.
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
  std::optional<Decimal> effective;  ///< Nothing if it is unknown.

  bool operator==(const CarryTotal&) const = default;
};

/// What newer charges of a locked month change, counted in a later month of the same connection: separate rows beside
/// the charges of both months.
struct Carry {
  CarryId id{};
  ConnectionId connection{};
  Month from = *Month::from_civil(1, 1);
  Month to = *Month::from_civil(1, 1);
  ChargeSetId charge_set{};  ///< The newer charges, which stay held.
  ImportId row_import{};     ///< Part of the ids of its rows; no import has this id.
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

/// What a month shows from now on. Without new charges, the split is of the charges that are published.
struct MonthPublication {
  std::optional<ChargeSet> charge_set;
  std::optional<Split> split;
  std::optional<Hold> hold = {};  ///< Charges and split are kept beside what the month shows, which does not change.
};

/// A customer as it is called in a locked month.
struct LockedCustomer {
  CustomerId id;
  std::string name;
  std::string external_id;
};

/// A change of the control plane, written in the transaction that made it. The log only grows, and each entry holds a
/// hash over itself and the entry before it.
struct AuditEntry {
  std::int64_t number = 0;         ///< From 1 on, without gaps.
  std::string at;                  ///< UTC, `2026-11-22T11:00:00Z`.
  std::string actor;               ///< As in `Caller::actor`; empty in entries of versions that did not record it.
  std::string what;                ///< `connection.add`, `month.publish`, …
  std::string detail;              ///< For people; of an entry that concerns a customer, also for that customer's.
  std::string hash;                ///< SHA-256 in lower-case hex.
  std::string previous_hash = {};  ///< Of the entry before it; empty for the first one.
  /// Where the request came from: empty for the command line; nothing in entries of versions that recorded neither this
  /// nor what follows.
  std::optional<std::string> address = {};
  std::string customer =
      {};                    ///< Whom it concerns, as that customer's administrators may read; empty: the partner only.
  bool by_customer = false;  ///< Whether one of the customer's people did it; else one of the partner's.
};

/// Whether the audit log is as it was written.
struct AuditVerification {
  std::int64_t entries = 0;
  std::string head;                       ///< Hash of the newest entry; empty when there is none.
  std::optional<std::int64_t> broken_at;  ///< Number of the first entry that was altered or is missing.

  bool holds() const { return !broken_at; }
};

/// How thoroughly the control plane is checked.
enum class PlaneCheck {
  kRows,   ///< Whether the rows that reports read are as they were written; takes a moment.
  kWhole,  ///< Every row, the audit log, and the pages and indexes of the file.
};

/// What the control plane holds of a customer as a company and as persons.
struct CustomerTraces {
  bool is_named = false;  ///< Whether it has a name or an external id: now, or in a locked month.
  std::int64_t users = 0;
  std::int64_t tokens = 0;
  std::int64_t sign_in_tenants = 0;  ///< Tenants whose people sign in as the customer's.
  std::int64_t views = 0;
  std::int64_t report_subscriptions = 0;
  std::int64_t messages = 0;  ///< Places and failures of deliveries and jobs: they may hold mail addresses.

  bool operator==(const CustomerTraces&) const = default;
};

/// Several calls on a control plane as one: others see all their changes at `commit`, or none. The destructor undoes
/// what was not committed. Other writers wait meanwhile: never wait for anything in between.
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
  /// Opens the file, creating it if `create`, and brings it up to date with the numbered migrations. Refuses a file
  /// that a newer program wrote.
  static Result<ControlPlane> open(const std::filesystem::path& file, Clock clock, bool create);
  ControlPlane(ControlPlane&&) noexcept;
  ControlPlane& operator=(ControlPlane&&) noexcept;
  ~ControlPlane();

  /// Who makes the changes from now on, for the audit log. `system` until somebody is named.
  void act_for(std::string actor);
  const std::string& actor() const;

  /// Makes all calls up to its `commit` one transaction. Ids must not be taken in between.
  Result<ControlPlaneTransaction> begin();

  /// The id of `connection` is ignored. Locations: `file://` and relative ones become absolute paths; empty ones are
  /// dropped.
  Result<Connection> add_connection(const Connection& connection);
  /// Replaces everything but the id. Refuses a new name once there are imports: their rows carry the old one.
  Result<void> update_connection(const Connection& connection);
  /// What the columns of bills of its distributor mean, as `BillColumns` are written; empty: it has no distributor.
  /// Changes stand in the audit log.
  Result<void> put_distributor_columns(ConnectionId connection, const std::string& columns);
  Result<std::string> distributor_columns(ConnectionId connection) const;
  Result<void> remove_connection(ConnectionId id);  ///< Refused while it has imports.
  /// The same, with everything taken in from it and published of it; its files become leftovers. Refused while a month
  /// of it is locked.
  Result<void> remove_connection_with_imports(ConnectionId id, const std::string& reason);
  Result<std::vector<Connection>> connections() const;  ///< By name.
  Result<Connection> connection_named(const std::string& name) const;
  Result<Connection> connection(ConnectionId id) const;

  /// Adds or replaces customers by id, all or none. Ids are `[A-Za-z0-9][A-Za-z0-9._-]*`, at most 64 characters, not
  /// `unassigned`; tenant ids are trimmed, put in lower case, and kept once. Refuses a tenant that would belong to two
  /// customers, naming both.
  Result<void> put_customers(const std::vector<Customer>& customers);
  Result<void> remove_customer(const CustomerId& id);
  /// Retires a customer from a day on, perhaps in favour of another; without a day, makes it active again. Errors:
  /// kNoSuchCustomer.
  Result<void> retire_customer(const CustomerId& id, std::optional<Day> from, const std::string& merged_into);
  /// What `erase_customer` would erase. Errors: kNoSuchCustomer.
  Result<CustomerTraces> traces_of_customer(const CustomerId& id) const;
  /// Erases them, not within another transaction; sessions, links and one-time codes go with their users. The customer
  /// keeps its id, which stands for its name from now on, also in locked months, and its tenants: charges name both.
  /// Errors: kNoSuchCustomer.
  Result<CustomerTraces> erase_customer(const CustomerId& id, const std::string& reason);
  Result<std::vector<Customer>> customers() const;  ///< By id.
  /// What one customer sees; nothing if it does not exist.
  Result<std::optional<CustomerView>> customer_view(const CustomerId& id) const;

  /// Applies a document: it is in force from now on, and split months need a new split.
  Result<Document> add_document(DocumentKind kind, const std::string& text);
  Result<std::optional<Document>> current_document(DocumentKind kind) const;
  Result<std::vector<Document>> document_history(DocumentKind kind) const;  ///< Newest first.
  Result<Document> document(DocumentKind kind, DocumentVersion version) const;

  /// An id for a new import; ids are never reused, not even after a crash.
  Result<ImportId> next_import_id();
  Result<ChargeSetId> next_charge_set_id();
  Result<SplitId> next_split_id();

  /// Publishes an import with its totals, files and rejects at once. Its id comes from `next_import_id`; its time is
  /// now unless it carries one. Refused if rows of the source are neither stored nor rejected. Creates the bill
  /// month of a dataset with charges.
  Result<void> add_import(const Import& import, const std::vector<Reject>& rejects);
  Result<std::vector<Import>> imports(ConnectionId connection,
                                      std::optional<Month> month = std::nullopt) const;  ///< By id.
  Result<Import> import(ImportId id) const;
  /// The newest import of a run, if that same content was taken in before.
  Result<std::optional<ImportId>> find_import(ConnectionId connection, Dataset dataset, const std::string& run_id,
                                              const std::string& content_hash) const;
  /// Takes an import out of force; it is for the caller to publish its month without it. Errors: kNoSuchRecord,
  /// kMonthLocked, kAlreadyWithdrawn; kLakeFileRemoved if the one that comes into force instead has no files any more.
  Result<void> withdraw_import(ImportId id, const std::string& reason);
  Result<std::vector<Reject>> rejects(ImportId id) const;
  /// Records what an import covers, unless that is already known.
  Result<void> learn_scope(ImportId id, const std::string& scope);

  /// Publishes a month at once: its charges, and its split if there is one. Refused for a locked month, and if newer
  /// charges than these are already published.
  Result<void> publish_month(const ChargeSet& charge_set, const std::optional<Split>& split);
  /// Publishes another split of charges that are already published. Refused for a locked month, or if the month has
  /// changed meanwhile.
  Result<void> publish_split(const Split& split);
  /// Gives a split that an earlier version made the cubes that it lacks: those of `split`, which is otherwise as
  /// stored.
  Result<void> add_cubes(const Split& split);
  /// Publishes several months at once, all or none of them.
  Result<void> publish(const std::vector<MonthPublication>& months);
  /// What is or was held, of a connection and a month if they are named; by connection and month, newest first.
  Result<std::vector<HeldCharges>> held_charges(std::optional<ConnectionId> connection = std::nullopt,
                                                std::optional<Month> month = std::nullopt) const;
  /// Decides on held charges; putting accepted ones into force is a separate publication. Errors: kNothingHeld.
  Result<void> decide_held(ChargeSetId charge_set, HoldDecision decision, const std::string& reason);
  /// Decides that what held charges change counts in a later month, from this call on; ids, times and names of people
  /// of `carry` are ignored. Errors: kNothingHeld; kCarryNotPossible if their month is not locked, or the other month
  /// is earlier or has no charges; kMonthLocked if the other month is locked.
  Result<CarryId> add_carry(const Carry& carry);
  /// Whether its months are as `add_carry` requires; the same errors.
  Result<void> check_carry(const Carry& carry) const;
  /// Undoes the newest carry of a month that counts; the charges are held again. Errors: kNothingCarried; kMonthLocked
  /// if the month that it went to is locked.
  Result<Carry> undo_carry(ConnectionId connection, Month from, const std::string& reason);
  /// Undone ones too; by id.
  Result<std::vector<Carry>> carries(std::optional<ConnectionId> connection = std::nullopt) const;
  /// Only a month with published charges can be locked. Not an error if it is so already. A locked month keeps the
  /// names of customers as they are now; it stays locked while a later month counts what was carried from it
  /// (kMonthCarried).
  Result<void> set_locked(ConnectionId connection, Month month, bool locked);

  Result<std::vector<BillMonth>> bill_months() const;  ///< By connection and month.
  /// The customers by their names in a locked month, by id; empty for a month that is not locked.
  Result<std::vector<LockedCustomer>> locked_customers(ConnectionId connection, Month month) const;
  /// One month; nothing if no import of it was ever taken in.
  Result<std::optional<BillMonth>> bill_month(ConnectionId connection, Month month) const;
  Result<ChargeSet> charge_set(ChargeSetId id) const;
  /// Those that are or were in force, newest first.
  Result<std::vector<ChargeSet>> charge_sets(ConnectionId connection, Month month) const;
  Result<Split> split(SplitId id) const;
  /// By rule number in the files of a split.
  Result<std::vector<std::string>> rule_names(SplitId id) const;
  Result<std::optional<Split>> latest_split_of(ChargeSetId id) const;

  /// Every file of the lake that is kept, live or superseded; other files of the lake are leftovers.
  Result<std::vector<LakeFile>> known_lake_files() const;
  /// The files that are not kept any more, by path. They may still be there: the next writer removes them.
  Result<std::vector<LakeFile>> removed_lake_files() const;
  /// Notes which files nothing needs any more, and decides that those are not kept which nothing has needed for
  /// `keep_days` (0: all are kept). What is needed: store/needed_files_internal.h. Returns how many are not kept from
  /// now on.
  Result<std::int64_t> give_up_superseded_files(std::int64_t keep_days);

  /// What `read` derives from the calls above, remembered under its type and `key` until anybody changes what they
  /// return: who asks again pays for one look at the file. `read` may use this, too. A transaction that writes neither
  /// remembers nor finds anything.
  template <class Value>
  Result<std::shared_ptr<const Value>> remembered(const std::string& key,
                                                  const std::function<Result<Value>()>& read) const {
    APPORTION_ASSIGN(auto found, remembered_value(typeid(Value), key, [&read]() -> Result<std::shared_ptr<const void>> {
                       APPORTION_ASSIGN(Value value, read());
                       return std::shared_ptr<const void>(std::make_shared<const Value>(std::move(value)));
                     }));
    return std::static_pointer_cast<const Value>(std::move(found));
  }

  /// A text that stays the same for as long as the calls above return the same; that of another file differs, also if
  /// it took the place of this one.
  Result<std::string> content_state() const;

  /// What is not as it was written, as errors (kControlPlaneDamaged) that name it; empty if all is well.
  Result<std::vector<Error>> damages(PlaneCheck check) const;
  /// The first damage.
  Result<void> check(PlaneCheck check) const;

  /// Writes the control plane as it is now to a new file, while others may go on reading and writing.
  Result<void> copy_to(const std::filesystem::path& file) const;

  /// Records what was done to the home as a whole: a backup, a restore.
  Result<void> note(const std::string& what, const std::string& detail);
  /// The newest entries, newest first; those before entry `before`, if it is not 0.
  Result<std::vector<AuditEntry>> audit_log(std::int64_t entries_max = 1000, std::int64_t before = 0) const;
  /// The same of what concerns a customer; its entries have numbers of their own, from 1 on.
  Result<std::vector<AuditEntry>> audit_log_of(const CustomerId& customer, std::int64_t entries_max,
                                               std::int64_t before = 0) const;
  /// Passes the entries of these days to `visit`, oldest first; stops when it fails, and returns its error.
  Result<void> read_audit_log(std::optional<Day> from, std::optional<Day> to,
                              const std::function<Result<void>(const AuditEntry&)>& visit) const;
  /// Recomputes the hashes, from the first entry on.
  Result<AuditVerification> verify_audit_log() const;

  /// The settings that somebody set, by name. `store/settings.h` defines what they mean.
  Result<std::map<std::string, std::string>> stored_settings() const;
  /// Sets one; without a value, removes it, so that its default applies again.
  Result<void> put_setting(const std::string& name, const std::optional<std::string>& value);

 private:
  Result<void> hold_month(const ChargeSet& charge_set, const Split& split, const Hold& hold);
  Result<void> refuse_without_files(const Import& withdrawn) const;
  Result<std::shared_ptr<const void>> remembered_value(
      std::type_index type, const std::string& key,
      const std::function<Result<std::shared_ptr<const void>>()>& read) const;

  friend class AzureCatalog;  // may share the database, and so its transactions
  class Database;
  explicit ControlPlane(std::shared_ptr<Database> database);
  std::shared_ptr<Database> database_;
};

}  // namespace apportion
