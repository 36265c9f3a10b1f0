#include "pipeline/fetch/partner_billing.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "azure/azure_error.h"
#include "azure/json_text.h"
#include "azure/sas.h"
#include "foundation/base/check.h"
#include "foundation/base/files.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "pipeline/fetch/blob_reader.h"
#include "pipeline/fetch/blob_url.h"
#include "pipeline/fetch/download.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using std::chrono::seconds;

constexpr std::string_view kBilling = "/v1.0/reports/partners/billing/";
constexpr std::string_view kNoData = "no data available";
constexpr seconds kOperationMax = std::chrono::hours(6);
constexpr std::int64_t kFileBytesMax = std::int64_t{16} << 30;
constexpr std::size_t kFilesMax = 100'000;

constexpr auto kExpired =
    std::to_array({ErrorId::kSasUnusable, ErrorId::kAzureSasExpired, ErrorId::kAzureSasExpiredNotValidYet});

std::string_view path_of(Dataset dataset) {
  APPORTION_CHECK(holds_invoice_lines(dataset), "Microsoft Graph exports lines of invoices only");
  return dataset == Dataset::kDailyRatedUsage ? "usage/billed/export" : "reconciliation/billed/export";
}

std::string doing(const LinesExport& requested) { return "fetch " + requested.description(); }

Error wrong_manifest(const LinesExport& requested, const std::string& url, std::string why) {
  return {ErrorId::kManifestWrong, fmt::format("could not {}", doing(requested)), shown_url(url), std::move(why),
          "nothing of it was imported; try again, and if the error persists, download the file from Partner Center: " +
              step(Step::kImportInvoiceLines)};
}

Error failed(const LinesExport& requested, const std::string& code, const std::string& message) {
  return {ErrorId::kOperationFailed, fmt::format("could not {}", doing(requested)), shown_url(requested.operation),
          fmt::format("Microsoft could not export them: {}{}{}", code, code.empty() ? "" : " ",
                      message.empty() ? "no reason was given" : shown_message(message)),
          "wait an hour, then sync again; if it persists, download the file from Partner Center, and import it: " +
              step(Step::kImportInvoiceLines)};
}

// Microsoft Graph says that something is not allowed, and not what is missing.
Error with_permission(Error error, const std::string& url) {
  if (error.kind() != ErrorKind::kForbidden || error.where != url) return error;  // the other is about signing in
  error.next =
      "give the application the permission PartnerBilling.Read.All of Microsoft Graph, with the consent of an "
      "administrator; a test of the connection shows the link: " +
      step(Step::kTestConnection);
  return error;
}

// What storage refuses says nothing of invoices.
Error of_export(Error error, const LinesExport& requested) {
  const std::string what = fmt::format("could not {}", doing(requested));
  if (error.what != what && !ends_everything(error.kind())) error.what = fmt::format("{}: {}", what, error.what);
  return error;
}

// The link of an answer, whole or as a path.
std::string absolute(const std::string& base, std::string_view link) {
  return link.starts_with('/') ? base + std::string(link) : std::string(link);
}

bool is_file_name(const std::string& name) {
  const auto levels = split_text(name, '/');
  return std::ranges::none_of(levels, [](std::string_view level) {
    return level.empty() || level == "." || level == ".." ||
           std::ranges::any_of(level, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\\'; });
  });
}

std::string local_name(std::string name) {
  std::ranges::replace(name, '/', '_');
  return name;
}

Result<std::vector<std::string>> files_of(const LinesExport& requested, const std::string& url, const Json& body) {
  const Json& blobs = member(body, "blobs");
  if (!blobs.is_array() || blobs.size() > kFilesMax) return wrong_manifest(requested, url, "it lists no files");
  const Json& count = member(body, "blobCount");
  if (count.is_number_integer() && count.get<std::int64_t>() != std::ssize(blobs)) {
    return wrong_manifest(requested, url,
                          fmt::format("it states {} files, and lists {}", count.get<std::int64_t>(), blobs.size()));
  }
  std::vector<std::string> files;
  std::set<std::string> names;
  for (const Json& blob : blobs) {
    std::string name = text_member(blob, "name");
    if (name.empty() || !is_file_name(name)) {
      return Error{ErrorId::kManifestPartOutside, fmt::format("could not {}", doing(requested)), shown_url(url),
                   fmt::format("the name of file {} leads out of its folder: `{}`", files.size() + 1, excerpt(name)),
                   "nothing was downloaded; please report this"};
    }
    if (!names.insert(local_name(name)).second)
      return wrong_manifest(requested, url, fmt::format("it lists {} twice", excerpt(name)));
    files.push_back(std::move(name));
  }
  return files;
}

Result<LinesManifest> read_manifest(const LinesExport& requested, const std::string& url, const Json& body) {
  LinesManifest manifest;
  manifest.url = url;
  manifest.etag = text_member(body, "eTag");
  manifest.partner_tenant = text_member(body, "partnerTenantId");
  manifest.root = text_member(body, "rootDirectory");
  manifest.sas = text_member(body, "sasToken");
  if (manifest.sas.starts_with('?')) manifest.sas.erase(0, 1);
  while (manifest.root.ends_with('/')) manifest.root.pop_back();
  const std::string format = text_member(body, "dataFormat");
  if (!ascii_lower(format).starts_with("compressedjson"))
    return wrong_manifest(requested, url,
                          fmt::format("its format is `{}`; expected: compressedJSONLines", excerpt(format)));
  if (manifest.root.empty() || manifest.sas.empty() || manifest.etag.empty())
    return wrong_manifest(requested, url, "it lacks rootDirectory, sasToken or eTag");
  APPORTION_ASSIGN(manifest.files, files_of(requested, url, body));
  return manifest;
}

Result<void> check_expiry(const LinesManifest& manifest, std::int64_t epoch_seconds) {
  APPORTION_ASSIGN(const Sas sas, parse_sas(manifest.sas));
  if (!sas.ends_at || *sas.ends_at > epoch_seconds) return ok();
  return Error{ErrorId::kSasUnusable, "the SAS does not allow downloading", shown_url(manifest.root),
               "it has expired, although Microsoft Graph has just issued it",
               "check the clock of this machine, then sync again"};
}

std::int64_t length_of(const HttpResponse& answer) {
  const std::string_view text = trim(answer.header("content-length"));
  std::int64_t bytes = -1;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), bytes);
  return read.ec == std::errc() && read.ptr == text.data() + text.size() ? bytes : -1;
}

Result<void> make_empty(const fs::path& folder) {
  std::error_code failure;
  fs::remove_all(folder, failure);
  if (failure) return file_error("cannot empty", folder, failure.value());
  return make_folder(folder);
}

}  // namespace

std::string LinesExport::description() const {
  return fmt::format("the lines ({}) of invoice {}", dataset_name(dataset), invoice);
}

PartnerBilling::PartnerBilling(JsonClient graph, PartnerBillingWorld world)
    : graph_(std::move(graph)), world_(std::move(world)) {
  if (!world_.wait)
    world_.wait = [own = graph_.cancel()](std::chrono::milliseconds time) { return own.wait_for(time); };
}

Result<LinesExport> PartnerBilling::request(Dataset dataset, const std::string& invoice) {
  LinesExport requested{dataset, invoice, {}, {}};
  JsonCall call;
  call.method = "POST";
  call.url = fmt::format("{}{}{}", world_.base, kBilling, path_of(dataset));
  call.body = {{"invoiceId", invoice}, {"attributeSet", "full"}};
  call.doing = doing(requested);
  auto sent = graph_.send(call);
  if (!sent) return with_permission(std::move(sent).error(), shown_url(call.url));
  const JsonAnswer answer = std::move(*sent);
  const std::string location = absolute(world_.base, answer.response.header("location"));
  if (answer.status != 202 || location.empty())
    return unexpected_answer(call.doing, call.url,
                             fmt::format("status {} has no operation to wait for", answer.status));
  if (origin_of(location) != origin_of(world_.base)) return led_elsewhere(call.doing, location, "the operation");
  requested.operation = location;
  requested.pause = pause_before_next_look(answer.response);
  return requested;
}

Result<Json> PartnerBilling::get(const LinesExport& requested, const std::string& url, std::string_view by) {
  if (origin_of(url) != origin_of(world_.base)) return led_elsewhere(doing(requested), url, by);
  JsonCall call;
  call.url = url;
  call.doing = doing(requested);
  APPORTION_ASSIGN(JsonAnswer answer, graph_.send(call));
  if (!answer.body.is_object()) return unexpected_answer(call.doing, url, "the answer is not an object");
  return std::move(answer.body);
}

Result<std::optional<LinesManifest>> PartnerBilling::wait_for(const LinesExport& requested, const Told& told) {
  seconds waited{0};
  seconds pause = requested.pause;
  JsonCall look;
  look.url = requested.operation;
  look.doing = doing(requested);
  while (true) {
    waited += pause;
    if (waited > kOperationMax) {
      return Error{ErrorId::kOperationUnanswered, fmt::format("could not {}", look.doing), shown_url(look.url),
                   "Microsoft was still working after six hours", "sync again later"};
    }
    if (told) told(pause);
    if (!world_.wait(pause)) return cancelled_error(shown_url(look.url));
    APPORTION_ASSIGN(const JsonAnswer answer, graph_.send(look));
    pause = pause_before_next_look(answer.response);
    const std::string status = ascii_lower(text_member(answer.body, "status"));
    if (status == "notstarted" || status == "running") continue;
    if (status == "failed") {  // with HTTP 200
      const Json& error = member(answer.body, "error");
      const std::string message = text_member(error, "message");
      if (ascii_lower(message).find(kNoData) != std::string::npos) return std::optional<LinesManifest>();
      return failed(requested, text_member(error, "code"), message);
    }
    if (status != "succeeded") {
      return unexpected_answer(look.doing, look.url,
                               fmt::format("the operation has the unknown status `{}`", excerpt(status)));
    }
    const std::string link = text_member(answer.body, "resourceLocation@odata.navigationLink");
    if (link.empty()) return unexpected_answer(look.doing, look.url, "the operation names no manifest");
    APPORTION_ASSIGN(LinesManifest manifest, manifest_at(requested, absolute(world_.base, link)));
    if (manifest.files.empty()) return std::optional<LinesManifest>();
    return std::optional(std::move(manifest));
  }
}

Result<LinesManifest> PartnerBilling::manifest_at(const LinesExport& requested, const std::string& url) {
  APPORTION_ASSIGN(const Json body, get(requested, url, "the link to the manifest"));
  return read_manifest(requested, url, body);
}

Result<void> PartnerBilling::download(const LinesExport& requested, LinesManifest manifest, const fs::path& folder) {
  const auto done = download_all(requested, manifest, folder);
  if (done) return ok();
  const bool is_expired = std::ranges::find(kExpired, done.error().id) != kExpired.end();
  if (!is_expired) return of_export(done.error(), requested);
  const std::string etag = manifest.etag;
  APPORTION_ASSIGN(manifest, manifest_at(requested, manifest.url));
  if (manifest.etag != etag)
    return wrong_manifest(requested, manifest.url, "the lines changed while they were downloaded");
  const auto again = download_all(requested, manifest, folder);
  if (!again) return of_export(again.error(), requested);
  return ok();
}

Result<void> PartnerBilling::download_all(const LinesExport& requested, const LinesManifest& manifest,
                                          const fs::path& folder) const {
  APPORTION_TRY(make_empty(folder));
  for (const std::string& file : manifest.files) {
    APPORTION_TRY(check_expiry(manifest, world_.epoch_seconds()));
    APPORTION_TRY(download_one(requested, manifest, file, folder));
  }
  return ok();
}

// The SAS is the right: the token stays with Microsoft Graph.
Result<void> PartnerBilling::download_one(const LinesExport& requested, const LinesManifest& manifest,
                                          const std::string& file, const fs::path& folder) const {
  auto root = parse_blob_url(manifest.root, world_.access.storage_suffix);
  if (!root) {
    return Error{ErrorId::kManifestPartOutside, fmt::format("could not {}", doing(requested)), shown_url(manifest.root),
                 "the files are not in Microsoft's blob storage: " + root.error().why,
                 "nothing was downloaded; check the cloud of the connection"};
  }
  AzureAccess access = world_.access;
  access.tokens = nullptr;
  access.sas.clear();
  const auto requests = std::make_shared<const BlobRequests>(std::move(access), root->account, manifest.sas);
  const std::string url = root->blob_url(root->path_of(file));
  HttpRequest head;
  head.method = "HEAD";
  head.url = url;
  APPORTION_ASSIGN(const HttpResponse told, requests->send(head, world_.access.cancel));
  if (told.status == 404)
    return wrong_manifest(requested, manifest.url, fmt::format("it lists {}, which is not in storage", excerpt(file)));
  if (!told.ok()) return azure_error(read_failure(told), doing(requested), shown_url(url));
  const std::int64_t bytes = length_of(told);
  if (bytes < 0 || bytes > kFileBytesMax) return wrong_manifest(requested, url, "storage does not say how large it is");
  const auto reader = read_blob(requests, {url, shown_url(url), bytes, std::string(told.header("etag")),
                                           std::string(told.header("content-md5"))});
  return ::apportion::download(*reader, bytes, shown_url(url), folder / local_name(file));
}

}  // namespace apportion
