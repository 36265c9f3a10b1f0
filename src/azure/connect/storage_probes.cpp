#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "azure/connect/probes_internal.h"
#include "azure/connect/utc_time.h"
#include "azure/sas.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr const char* kStorageVersion = "2021-08-06";
constexpr std::uint64_t kAnswerBytesMax = std::uint64_t{4} << 20;
constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::string_view kManifest = "manifest.json";

constexpr const char* kListable = "container-listable";
constexpr const char* kReadable = "blob-readable";
constexpr const char* kSasProbe = "sas";

std::string where_of(const ProbeStorage& storage) {
  std::string where = storage.container_url;
  if (!storage.prefix.empty()) where += "/" + storage.prefix;
  return storage.dataset.empty() ? where : fmt::format("{} ({})", where, storage.dataset);
}

std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const bool encoded = text[at] == '%' && at + 2 < text.size();
    const std::string digits = encoded ? ascii_lower(text.substr(at + 1, 2)) : "";
    const auto high = encoded ? kDigits.find(digits[0]) : std::string_view::npos;
    const auto low = encoded ? kDigits.find(digits[1]) : std::string_view::npos;
    if (high == std::string_view::npos || low == std::string_view::npos) {
      plain += text[at];
    } else {
      plain += static_cast<char>(high * 16 + low);
      at += 2;
    }
  }
  return plain;
}

std::string new_sas_command(const ProbeStorage& storage) {
  return fmt::format(
      "az storage container generate-sas --account-name {} --name {} --permissions rl --expiry YYYY-MM-DD --https-only "
      "--as-user --auth-mode login",
      storage.account, storage.container);
}

/// What a SAS that is not good for reading is bad for.
ProbeCause sas_cause(const Sas& sas, std::int64_t now) {
  if (sas.ends_at && *sas.ends_at <= now) return ProbeCause::kSasExpired;
  SasNeed without_letters = kSasToRead;
  without_letters.permissions = "";
  return check_sas(sas, without_letters, now, "") ? ProbeCause::kSasLetters : ProbeCause::kSasWrong;
}

/// A SAS by what it says of itself, without asking Azure.
Probe probe_sas(const ProbeWorld& world, const ProbeSettings& settings, const ProbeStorage& storage) {
  const std::string where = where_of(storage);
  const std::int64_t now = epoch_seconds_now(world.clock);
  const auto sas = parse_sas(storage.sas);
  Probe probe;
  if (!sas) {
    probe = probe_error(kSasProbe, where, ProbeCause::kSasWrong, sas.error());
  } else if (const auto good = check_sas(*sas, kSasToRead, now, where); !good) {
    probe = probe_error(kSasProbe, where, sas_cause(*sas, now), good.error());
  } else if (sas->ends_at) {
    const Day end(static_cast<std::int32_t>(*sas->ends_at / kSecondsPerDay));
    probe = probe_expiry(kSasProbe, where, "the SAS", end, world.clock.today(), settings.warn_days);
  } else {
    probe = probe_ok(kSasProbe, where, "the SAS refers to a stored policy, which sets its expiry");
  }
  if (probe.state != ProbeState::kOk) probe.command = new_sas_command(storage);
  return probe;
}

/// Sends a GET to storage, with the SAS of the location or the token.
Result<HttpResponse> storage_get(const ProbeWorld& world, const ProbeStorage& storage, const std::string& token,
                                 std::string url, const std::string& range) {
  HttpRequest request;
  request.answer_bytes_max = kAnswerBytesMax;
  request.headers = {{"x-ms-version", kStorageVersion}};
  if (!range.empty()) request.headers.push_back({"Range", range});
  if (storage.sas.empty()) {
    request.headers.push_back({"Authorization", "Bearer " + token});
  } else {
    url += (url.find('?') == std::string::npos ? "?" : "&") + storage.sas;
  }
  request.url = std::move(url);
  return world.transport->send(request, world.cancel);
}

struct Mending {
  ProbeCause cause;
  std::string_view command;  ///< `{0}` account, `{1}` container.
};

constexpr auto kMendings = std::to_array<Mending>({
    {ProbeCause::kFirewall,
     "az storage account network-rule add --account-name {0} --ip-address THIS_MACHINES_ADDRESS"},
    {ProbeCause::kContainerMissing, "az storage container create --account-name {0} --name {1} --auth-mode login"},
});

void mend_storage(const ProbeSettings& settings, const ProbeStorage& storage, const std::string& token, Probe& probe) {
  const bool needs_sas = probe.cause == ProbeCause::kSasExpired || probe.cause == ProbeCause::kSasLetters ||
                         probe.cause == ProbeCause::kSasWrong;
  if (needs_sas) probe.command = new_sas_command(storage);
  for (const Mending& mending : kMendings) {
    if (mending.cause == probe.cause) {
      probe.command = fmt::format(fmt::runtime(mending.command), storage.account, storage.container);
    }
  }
  if (probe.cause == ProbeCause::kNoRole) {
    Principal principal = principal_of(token);
    if (principal.app_id.empty() && !principal.is_user) principal.app_id = settings.client_id;
    name_grant(probe, grant_to_read_blobs(storage.account, storage.container, settings.storage_account_id, principal),
               principal);
  }
}

Probe failed_storage(const ProbeWorld& world, const ProbeSettings& settings, const ProbeStorage& storage,
                     const std::string& token, const char* name, const Result<HttpResponse>& answer,
                     std::string_view doing) {
  if (!answer) {
    Probe probe = probe_error(name, where_of(storage), ProbeCause::kUnreachable, answer.error());
    probe.next = "check whether the storage account exists and this machine can reach it: " + probe.next;
    return probe;
  }
  const AzureFailure failure = read_failure(*answer);
  ProbeCause cause = storage_cause(failure, !storage.sas.empty());
  const std::string& tenant = settings.storage_tenant.empty() ? settings.tenant : settings.storage_tenant;
  const bool other_tenant = !failure.tenant.empty() && !ascii_equal_ignoring_case(failure.tenant, tenant);
  if (storage.sas.empty() && other_tenant) cause = ProbeCause::kWrongTenant;
  Probe probe = probe_failed(name, where_of(storage), cause, failure, doing);
  mend_storage(settings, storage, token, probe);
  if (probe.cause == ProbeCause::kWrongTenant && !failure.tenant.empty() && !settings.client_id.empty()) {
    probe.next =
        fmt::format("set the storage tenant of the connection to {}; its administrator admits the application at {}",
                    failure.tenant, admin_consent_link(world.cloud, failure.tenant, settings.client_id));
  }
  return probe;
}

/// The blob to read from: a manifest when there is one, else any that is no folder. Empty when there are none.
Result<std::string> blob_of(std::string_view list, const std::string& where) {
  pugi::xml_document document;
  const unsigned options = pugi::parse_minimal | pugi::parse_escapes;
  const pugi::xml_node blobs = document.load_buffer(list.data(), list.size(), options)
                                   ? document.child("EnumerationResults").child("Blobs")
                                   : pugi::xml_node();
  if (!blobs) {
    return Error{ErrorId::kStorageListUnanswered, "the storage account did not answer with a list of blobs", where,
                 fmt::format("it answered {}", excerpt(list)), "check whether a proxy answers instead of Azure"};
  }
  std::string any;
  for (const pugi::xml_node blob : blobs.children("Blob")) {
    const pugi::xml_node name_node = blob.child("Name");
    std::string name = name_node.child_value();
    if (name_node.attribute("Encoded").as_bool()) name = decoded(name);
    if (name.ends_with(kManifest)) return name;
    const bool folder = std::string_view(blob.child("Properties").child_value("Content-Length")) == "0";
    if (any.empty() && !folder) any = std::move(name);
  }
  return any;
}

}  // namespace

void probe_storage(const ProbeWorld& world, const ProbeSettings& settings, const ProbeStorage& storage,
                   const std::string& token, const std::string& no_token, std::vector<Probe>& probes) {
  const std::string where = where_of(storage);
  if (!storage.sas.empty()) probes.push_back(probe_sas(world, settings, storage));
  if (storage.sas.empty() && token.empty()) {
    probes.push_back(probe_skipped(kListable, where, no_token));
    probes.push_back(probe_skipped(kReadable, where, no_token));
    return;
  }
  const std::string prefix = storage.prefix.empty() ? "" : storage.prefix + "/";
  const std::string list_url = fmt::format("{}?restype=container&comp=list&maxresults=100&prefix={}",
                                           storage.container_url, percent_encoded(prefix));
  const auto listed = storage_get(world, storage, token, list_url, "");
  if (!listed || !listed->ok()) {
    probes.push_back(failed_storage(world, settings, storage, token, kListable, listed, "list the container"));
    probes.push_back(probe_skipped(kReadable, where, "the container cannot be listed"));
    return;
  }
  const auto blob = blob_of(listed->body, where);
  if (!blob) {
    probes.push_back(probe_error(kListable, where, ProbeCause::kOther, blob.error()));
    probes.push_back(probe_skipped(kReadable, where, "the container cannot be listed"));
    return;
  }
  probes.push_back(probe_ok(kListable, where, "the container can be listed"));
  if (blob->empty()) {
    probes.push_back(probe_skipped(kReadable, where, "nothing has been delivered here yet"));
    return;
  }
  const std::string blob_url = fmt::format("{}/{}", storage.container_url, percent_encoded(*blob, "/"));
  const auto read = storage_get(world, storage, token, blob_url, "bytes=0-63");
  if (read && read->ok()) {
    probes.push_back(probe_ok(kReadable, where, fmt::format("{} can be read", excerpt(*blob, 200))));
  } else {
    probes.push_back(failed_storage(world, settings, storage, token, kReadable, read, "read a blob"));
  }
}

}  // namespace apportion
