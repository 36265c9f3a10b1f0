#include "application/invoice_fetch.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "application/invoice_imports.h"
#include "application/reading.h"
#include "azure/connect/billing_api.h"
#include "azure/connect/scope.h"
#include "foundation/base/guid.h"
#include "foundation/base/text.h"
#include "lake/snapshot.h"
#include "pipeline/fetch/folder_store.h"
#include "pipeline/fetch/partner_billing.h"
#include "pipeline/ingest/gzip_reader.h"
#include "query/invoice_charges.h"
#include "store/invoice_book.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;

constexpr int kMonthsBack = 3;          // Microsoft changes lines of older invoices no more
constexpr int kMonthsUntilInvoice = 2;  // an invoice is made in the month after, or a little later
constexpr std::size_t kExportsAtOnce = 16;

// The downloaded files of an export, named for people by where they came from.
class GraphFiles final : public BlobStore {
 public:
  GraphFiles(std::unique_ptr<BlobStore> files, std::string description)
      : files_(std::move(files)), description_(std::move(description)) {}

  Result<std::vector<Blob>> list() override { return files_->list(); }
  Result<std::unique_ptr<ByteReader>> open(const std::string& name) override { return files_->open(name); }
  std::string local_path(const std::string& name) const override { return files_->local_path(name); }
  std::string description() const override { return description_; }

 private:
  std::unique_ptr<BlobStore> files_;
  std::string description_;
};

// A part of an export may be a gzip file of nothing.
Result<bool> is_empty(BlobStore& store, const std::string& name) {
  constexpr std::string_view kGzip = "\x1f\x8b";
  std::array<char, 2> first{};
  APPORTION_ASSIGN(auto bytes, store.open(name));
  APPORTION_ASSIGN(const std::size_t count, bytes->read(first));
  if (std::string_view(first.data(), count) != kGzip) return count == 0;
  APPORTION_ASSIGN(auto packed, store.open(name));
  APPORTION_ASSIGN(const std::size_t unpacked, make_gzip_reader(name, std::move(packed))->read(first));
  return unpacked == 0;
}

Error not_lines(const BlobStore& store, const std::string& name) {
  return {ErrorId::kFileColumnMissing, "Microsoft Graph delivered a file without lines of invoices",
          store.place_of(name), "its first line does not have the columns of the lines that were asked for",
          "nothing of the invoice was imported; sync again later, and if it persists, please report it"};
}

std::optional<Day> day_of(const std::string& time) { return Day::parse(std::string_view(time).substr(0, 10)); }

std::optional<FetchedInvoice> fetched_invoice(const Invoice& invoice) {
  const auto start = day_of(invoice.period_start);
  const auto currency = Currency::parse(invoice.subtotal.currency);
  const Decimal::Parsed total = Decimal::parse(invoice.subtotal.value);
  if (invoice.name.empty() || !start || !currency || total.error != DecimalError::kNone) return std::nullopt;
  FetchedInvoice fetched{invoice.name,          Month::of(*start), *currency, total.value,
                         invoice.document_type, invoice.status,    {},        invoice.credit_for};
  if (const auto due = day_of(invoice.due_date)) fetched.due_on = due->to_string();
  return fetched;
}

// Whether what failed for one invoice would fail for the next, too: the permission is missing, or nobody answers.
bool holds_for_all(ErrorKind kind) { return kind == ErrorKind::kForbidden || is_unreachable(kind); }

class InvoiceFetch {
 public:
  InvoiceFetch(Workspace& workspace, AzureSession& session, Gateway& gateway, const Connection& connection,
               std::optional<Month> month, const IntakeLock& lock)
      : workspace_(workspace),
        session_(session),
        gateway_(gateway),
        connection_(connection),
        month_(month),
        lock_(lock) {}

  Result<FetchedInvoices> run() {
    APPORTION_TRY(find_months());
    if (months_.empty()) return std::move(fetched_);
    APPORTION_TRY(handle("invoices of the Billing API", list_invoices()));
    APPORTION_TRY(add_invoices_of_charges());
    APPORTION_TRY(handle("lines of Microsoft Graph", fetch_lines()));
    return std::move(fetched_);
  }

 private:
  // What fails is a problem, once, unless nothing can go on.
  Result<void> handle(const std::string& source, Result<void> done) {
    if (done) return ok();
    if (ends_everything(done.error().kind())) return done;
    const auto is_same = [&](const Problem& before) { return before.error.message() == done.error().message(); };
    if (std::ranges::any_of(fetched_.problems, is_same)) return ok();
    fetched_.problems.push_back({source, std::move(done).error()});
    return ok();
  }

  void talk(const std::string& line) const {
    if (workspace_.talk) workspace_.talk(fmt::format("{}: {}", connection_.name, line));
  }

  // An invoice without charges could be compared with nothing.
  Result<void> find_months() {
    if (month_) {
      months_.insert(*month_);
      return ok();
    }
    const Month first = Month::of(workspace_.clock.today()).plus_months(-kMonthsBack);
    APPORTION_ASSIGN(const auto imports, workspace_.control_plane.imports(connection_.id));
    for (const Import& import : imports) {
      if (holds_charges(import.dataset) && import.withdrawn.empty() && first <= import.month)
        months_.insert(import.month);
    }
    return ok();
  }

  Result<void> list_invoices() {
    const std::string& scope_id = session_.settings().scope;
    if (scope_id.empty()) return ok();
    APPORTION_ASSIGN(const Scope scope, parse_scope(scope_id));
    APPORTION_ASSIGN(ArmClient arm, session_.arm());
    talk("asking the Billing API for invoices");
    APPORTION_ASSIGN(const auto listed,
                     BillingApi(arm).invoices(scope.billing_account, months_.begin()->first_day(),
                                              months_.rbegin()->plus_months(kMonthsUntilInvoice).last_day()));
    std::vector<FetchedInvoice> kept;
    for (const Invoice& one : listed) {
      const bool is_of_scope =
          scope.billing_profile.empty() || ascii_equal_ignoring_case(one.billing_profile, scope.billing_profile);
      if (!is_of_scope) continue;
      auto invoice = fetched_invoice(one);
      if (!invoice) {
        fetched_.report.notes.push_back(
            fmt::format("invoice {} was left out: the Billing API gives it no month or no total before tax", one.name));
        continue;
      }
      if (!months_.contains(invoice->month)) continue;
      if (!invoice->is_void()) invoices_.insert(invoice->number);
      kept.push_back(std::move(*invoice));
    }
    APPORTION_ASSIGN(InvoiceBook book, InvoiceBook::open(workspace_.home.control_plane_file(), workspace_.clock));
    return book.put_fetched(connection_.id, kept);
  }

  Result<void> add_invoices_of_charges() {
    ReadScope scope = ReadScope::of_partner(connection_.name);
    scope.first_month = *months_.begin();
    scope.last_month = *months_.rbegin();
    APPORTION_ASSIGN(const auto published, published_months(workspace_.control_plane, scope));
    if (std::ranges::none_of(published, [](const PublishedMonth& one) { return one.charge_set.has_value(); }))
      return ok();
    APPORTION_ASSIGN(Reading reading, Reading::open(workspace_));
    APPORTION_ASSIGN(const auto charges, charges_of_invoices(reading.lake(), scope));
    for (const InvoiceCharges& one : charges) {
      if (!one.invoice.empty()) invoices_.insert(one.invoice);
    }
    return ok();
  }

  const FetchedLines* last_answer(Dataset dataset, const std::string& invoice) const {
    const auto found = std::ranges::find_if(
        answers_, [&](const FetchedLines& lines) { return lines.dataset == dataset && lines.invoice == invoice; });
    return found == answers_.end() ? nullptr : &*found;
  }

  Result<void> fetch_lines() {
    APPORTION_ASSIGN(AzureCatalog catalog, open_catalog(workspace_));
    APPORTION_ASSIGN(answers_, catalog.fetched_lines(connection_.id));
    std::vector<std::pair<Dataset, std::string>> wanted;
    for (const Dataset dataset : session_.legacy()->datasets) {
      for (const std::string& invoice : invoices_) {
        const FetchedLines* last = last_answer(dataset, invoice);
        const bool was_asked_today = last != nullptr && last->asked_on == workspace_.clock.today();
        if (!was_asked_today || month_) wanted.emplace_back(dataset, invoice);
      }
    }
    if (wanted.empty()) return ok();
    APPORTION_ASSIGN(JsonClient graph, session_.graph());
    PartnerBilling billing(std::move(graph),
                           {session_.cloud().graph, session_.access_by_link(), gateway_.world().epoch_seconds});
    for (std::size_t first = 0; first < wanted.size(); first += kExportsAtOnce) {
      const auto count = std::min(kExportsAtOnce, wanted.size() - first);
      APPORTION_TRY(fetch_some(catalog, billing, std::span(wanted).subspan(first, count)));
    }
    return ok();
  }

  // Microsoft makes them side by side, and the wait for the first is one for all.
  Result<void> fetch_some(AzureCatalog& catalog, PartnerBilling& billing,
                          std::span<const std::pair<Dataset, std::string>> wanted) {
    std::vector<LinesExport> requested;
    for (const auto& [dataset, invoice] : wanted) {
      auto one = billing.request(dataset, invoice);
      if (!one && holds_for_all(one.error().kind())) return std::move(one).error();
      if (one) {
        if (!requested.empty()) one->pause = {};
        requested.push_back(std::move(*one));
        talk("Microsoft Graph makes " + requested.back().description());
      } else {
        APPORTION_TRY(handle(fmt::format("lines of invoice {}", invoice), std::move(one).error()));
      }
    }
    for (const LinesExport& one : requested) {
      APPORTION_TRY(handle(fmt::format("lines of invoice {}", one.invoice), take(catalog, billing, one)));
    }
    return ok();
  }

  Result<void> take(AzureCatalog& catalog, PartnerBilling& billing, const LinesExport& requested) {
    APPORTION_ASSIGN(auto manifest, billing.wait_for(requested));
    const FetchedLines* last = last_answer(requested.dataset, requested.invoice);
    FetchedLines answer{requested.dataset, requested.invoice, last == nullptr ? "" : last->etag,
                        workspace_.clock.today()};
    if (!manifest) {
      fetched_.report.notes.push_back("Microsoft Graph does not have " + requested.description());
      return catalog.put_fetched_lines(connection_.id, answer);
    }
    if (manifest->etag != answer.etag) {
      answer.etag = manifest->etag;
      APPORTION_ASSIGN(const bool is_taken, import_lines(billing, requested, std::move(*manifest)));
      if (!is_taken) return ok();
    }
    return catalog.put_fetched_lines(connection_.id, answer);
  }

  Result<void> check_partner(const LinesExport& requested, const std::string& partner) const {
    const std::string& own = session_.graph_tenant();
    if (!is_guid(own) || partner.empty() || ascii_equal_ignoring_case(own, partner)) return ok();
    return Error{ErrorId::kRunOfAnotherScope, fmt::format("could not fetch {}", requested.description()),
                 connection_.name,
                 fmt::format("the lines are of the partner {}, and the connection signs in to {}", partner, own),
                 "nothing was imported; correct the tenant of the connection's legacy part"};
  }

  // Whether they were taken in, now or before.
  Result<bool> import_lines(PartnerBilling& billing, const LinesExport& requested, LinesManifest manifest) {
    APPORTION_TRY(check_partner(requested, manifest.partner_tenant));
    APPORTION_ASSIGN(const TemporaryFolder temporary, workspace_.home.make_temporary_folder());
    const std::string folder = fmt::format("{}-{}", requested.invoice, dataset_name(requested.dataset));
    const std::string partner = manifest.partner_tenant;
    APPORTION_TRY(billing.download(requested, std::move(manifest), temporary.path() / folder));
    FoundInvoiceFiles found;
    APPORTION_ASSIGN(auto files, FolderStore::at(temporary.path().string()));
    found.store = std::make_unique<GraphFiles>(std::move(files), "Microsoft Graph");
    found.expected = ExpectedInvoice{requested.invoice, partner};
    APPORTION_ASSIGN(const auto blobs, found.store->list());
    for (const Blob& blob : blobs) {
      APPORTION_ASSIGN(const auto kind, kind_of_lines(*found.store, blob.name));
      if (kind && dataset_of(*kind) == requested.dataset) {
        found.files.push_back({blob, *kind});
        continue;
      }
      APPORTION_ASSIGN(const bool holds_nothing, is_empty(*found.store, blob.name));
      if (!holds_nothing) return not_lines(*found.store, blob.name);
    }
    ImportRequest request;
    request.location = found.store->description();
    APPORTION_ASSIGN(ImportReport report, import_invoice_files(workspace_, connection_, request, found, lock_));
    const bool is_taken = report.skipped.empty();
    fetched_.report.add(std::move(report));
    return is_taken;
  }

  static Result<std::optional<InvoiceFileKind>> kind_of_lines(BlobStore& store, const std::string& name) {
    return recognise_invoice_file({name, [&store, name] { return store.open(name); }});
  }

  Workspace& workspace_;
  AzureSession& session_;
  Gateway& gateway_;
  const Connection& connection_;
  std::optional<Month> month_;
  const IntakeLock& lock_;
  std::set<Month> months_;
  std::set<std::string> invoices_;
  std::vector<FetchedLines> answers_;
  FetchedInvoices fetched_;
};

}  // namespace

Result<FetchedInvoices> fetch_invoices(Workspace& workspace, AzureSession& session, Gateway& gateway,
                                       const Connection& connection, std::optional<Month> month,
                                       const IntakeLock& lock) {
  return InvoiceFetch(workspace, session, gateway, connection, month, lock).run();
}

}  // namespace apportion
