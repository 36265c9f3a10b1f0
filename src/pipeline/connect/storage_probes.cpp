#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "foundation/base/text.h"
#include "pipeline/connect/probes_internal.h"

namespace apportion {
namespace {

constexpr const char* kStorageVersion = "2021-08-06";
constexpr std::uint64_t kAnswerBytesMax = std::uint64_t{4} << 20;
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

/// A parameter of a SAS; nothing when it is not there.
std::optional<std::string> sas_parameter(std::string_view sas, std::string_view name) {
  for (const std::string_view part : split_text(sas, '&')) {
    const auto equals = part.find('=');
    if (part.substr(0, equals) == name) return decoded(equals == std::string_view::npos ? "" : part.substr(equals + 1));
  }
  return std::nullopt;
}

bool has_letter(const std::optional<std::string>& text, char letter) {
  return text && text->find(letter) != std::string::npos;
}

/// What a SAS lacks for reading an export, by what it says of itself; a SAS that names a stored policy says little.
std::vector<std::string> lacks_of(std::string_view sas) {
  std::vector<std::string> lacks;
  const auto services = sas_parameter(sas, "ss");
  const auto types = sas_parameter(sas, "srt");
  const auto permissions = sas_parameter(sas, "sp");
  const bool by_policy = sas_parameter(sas, "si").has_value();
  if (!sas_parameter(sas, "sig")) lacks.emplace_back("a signature (sig)");
  if (services && !has_letter(services, 'b')) lacks.emplace_back("the blob service (ss=b)");
  if (types && !has_letter(types, 'c')) lacks.emplace_back("the resource type container (srt=c), to list");
  if (types && !has_letter(types, 'o')) lacks.emplace_back("the resource type object (srt=o), to read");
  if (sas_parameter(sas, "sr").value_or("c") == "b") lacks.emplace_back("the whole container (sr=c)");
  if (!by_policy && !has_letter(permissions, 'r')) lacks.emplace_back("the permission to read (sp=r)");
  if (!by_policy && !has_letter(permissions, 'l')) lacks.emplace_back("the permission to list (sp=l)");
  return lacks;
}

std::string new_sas_command(const ProbeStorage& storage) {
  return fmt::format(
      "az storage container generate-sas --account-name {} --name {} --permissions rl --expiry YYYY-MM-DD --https-only "
      "--as-user --auth-mode login",
      storage.account, storage.container);
}

Probe probe_sas(const ProbeWorld& world, const ProbeSettings& settings, const ProbeStorage& storage) {
  const std::string where = where_of(storage);
  const std::vector<std::string> lacks = lacks_of(storage.sas);
  Probe probe;
  if (!lacks.empty()) {
    probe = probe_ok(kSasProbe, where, fmt::format("the SAS lacks {}", fmt::join(lacks, ", ")));
    probe.state = ProbeState::kFailed;
    const bool letters = std::all_of(lacks.begin(), lacks.end(),
                                     [](const std::string& lack) { return lack.find("(sp=") != std::string::npos; });
    probe.cause = letters ? ProbeCause::kSasLetters : ProbeCause::kSasWrong;
  } else if (const auto end = sas_parameter(storage.sas, "se");
             end && Day::parse(std::string_view(*end).substr(0, 10))) {
    probe = probe_expiry(kSasProbe, where, "the SAS", *Day::parse(std::string_view(*end).substr(0, 10)), world.today,
                         settings.warn_days);
    if (probe.cause == ProbeCause::kBadCredential) probe.cause = ProbeCause::kSasExpired;
  } else {
    return probe_ok(kSasProbe, where, "the SAS names a stored policy, which says until when it holds");
  }
  if (probe.state != ProbeState::kOk) {
    probe.command = new_sas_command(storage);
    probe.next = "make a new SAS and give it to the connection";
  }
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

Probe failed_storage(const ProbeSettings& settings, const ProbeStorage& storage, const std::string& token,
                     const char* name, const Result<HttpResponse>& answer, std::string_view doing) {
  if (!answer) {
    Probe probe = probe_error(name, where_of(storage), ProbeCause::kUnreachable, answer.error());
    probe.next = "see whether the storage account exists and this machine can reach it: " + probe.next;
    return probe;
  }
  const AzureFailure failure = read_failure(*answer);
  ProbeCause cause = storage_cause(failure, !storage.sas.empty());
  const std::string& tenant = settings.storage_tenant.empty() ? settings.tenant : settings.storage_tenant;
  const bool other_tenant = !failure.tenant.empty() && !ascii_equal_ignoring_case(failure.tenant, tenant);
  if (storage.sas.empty() && other_tenant) cause = ProbeCause::kWrongTenant;
  Probe probe = probe_failed(name, where_of(storage), cause, failure, doing);
  mend_storage(settings, storage, token, probe);
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
    return Error{ErrorCode::kBadInput, "the storage did not answer with a list of blobs", where,
                 fmt::format("it answered {}", excerpt(list)), "see whether a proxy answers instead of Azure"};
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
    probes.push_back(failed_storage(settings, storage, token, kListable, listed, "list the container"));
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
    probes.push_back(probe_skipped(kReadable, where, "nothing was delivered here yet"));
    return;
  }
  const std::string blob_url = fmt::format("{}/{}", storage.container_url, percent_encoded(*blob, "/"));
  const auto read = storage_get(world, storage, token, blob_url, "bytes=0-63");
  if (read && read->ok()) {
    probes.push_back(probe_ok(kReadable, where, fmt::format("{} can be read", excerpt(*blob, 200))));
  } else {
    probes.push_back(failed_storage(settings, storage, token, kReadable, read, "read a blob"));
  }
}

}  // namespace apportion
