/// For tests: a storage account in memory behind HttpTransport, with the faults of networks and servers on request.
#pragma once

#include <algorithm>
#include <charconv>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "azure/http.h"
#include "azure/testing.h"
#include "foundation/base/text.h"
#include "pipeline/fetch/azure_access.h"
#include "pipeline/fetch/blob_url.h"

namespace apportion::fetch_testing {

inline const std::string kAccountUrl = "https://acme.blob.core.windows.net";
inline const std::string kSas = "sv=2022-11-02&ss=b&srt=co&sp=rl&sig=a%2Fb%2bc%3D%3D";

struct StoredBlob {
  std::string content;
  std::string version = "0x8DC0000000000A1";
  std::string md5 = {};       // as storage keeps it
  std::string metadata = {};  // XML inside <Metadata>
};

/// One container, `bills`. Answers lists, sizes and ranges as Azure does. Faults are set before the test's calls.
class FakeStorage : public HttpTransport {
 public:
  using Answer = std::optional<Result<HttpResponse>>;

  std::map<std::string, StoredBlob> blobs;                      ///< By path in the container.
  std::function<Answer(const HttpRequest&)> instead = nullptr;  ///< Answers before all others, when it wants to.
  std::function<std::optional<std::size_t>(int number)> break_after = nullptr;  ///< Bytes of the nth range, from 0.
  bool ends_without_error = false;  ///< A break looks like the end of the answer.
  std::size_t piece_bytes = 1 << 16;
  std::size_t blobs_of_page = 5000;

  Result<HttpResponse> send(const HttpRequest& request, const Cancel& cancel) override {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
    if (cancel.requested()) return cancelled_error(request.url);
    if (instead) {
      if (Answer answer = instead(request)) return answer->has_value() ? deliver(request, **answer) : *answer;
    }
    if (request.url.find("comp=list") != std::string::npos) return deliver(request, list(request.url));
    return range(request);
  }

  std::vector<HttpRequest> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

  /// The value of a parameter of a URL, percent-encoding undone.
  static std::string parameter(const std::string& url, const std::string& name) {
    const std::string_view query = std::string_view(url).substr(std::min(url.find('?'), url.size()));
    for (const std::string_view part : split_text(query, '&')) {
      const std::string_view text = part.starts_with('?') ? part.substr(1) : part;
      std::string decoded;
      if (text.starts_with(name + "=") && undo_percent_encoding(text.substr(name.size() + 1), decoded)) return decoded;
    }
    return {};
  }

  static std::string page(const std::string& inside, const std::string& marker = "") {
    return fmt::format(
        "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults ContainerName=\"bills\"><Blobs>{}"
        "</Blobs><NextMarker>{}</NextMarker></EnumerationResults>",
        inside, marker);
  }

  static std::string entry(const std::string& name, const StoredBlob& blob) {
    return fmt::format(
        "<Blob><Name>{}</Name><Properties><Etag>{}</Etag><Content-Length>{}</Content-Length><Content-MD5>{}"
        "</Content-MD5></Properties><Metadata>{}</Metadata></Blob>",
        name, blob.version, blob.content.size(), blob.md5, blob.metadata);
  }

 private:
  // Hands an answer over as a transport does: to the sink, if there is one.
  Result<HttpResponse> deliver(const HttpRequest& request, HttpResponse response) {
    if (response.body.size() > request.answer_bytes_max)
      return Error{ErrorId::kManifestNotJson, "the answer is too large", request.url, "", ""};
    if (!request.sink || !response.ok()) return response;
    const std::string body = std::exchange(response.body, {});
    const auto stop = break_after ? break_after(ranges_++) : std::nullopt;
    const std::size_t end = std::min(stop.value_or(body.size()), body.size());
    for (std::size_t at = 0; at < end; at += piece_bytes)
      APPORTION_TRY(request.sink(std::string_view(body).substr(at, std::min(piece_bytes, end - at))));
    if (end < body.size() && !ends_without_error)
      return Error{ErrorId::kNoAnswer, "the connection broke", request.url, "", ""};
    return response;
  }

  HttpResponse list(const std::string& url) const {
    const std::string prefix = parameter(url, "prefix");
    const std::string marker = parameter(url, "marker");
    std::string inside;
    std::size_t count = 0;
    for (const auto& [name, blob] : blobs) {
      if (!name.starts_with(prefix) || name < marker) continue;
      if (count++ == blobs_of_page) return answer_with(200, page(inside, name));
      inside += entry(name, blob);
    }
    return answer_with(200, page(inside));
  }

  Result<HttpResponse> range(const HttpRequest& request) {
    const std::string address = request.url.substr(0, request.url.find('?'));
    const std::string start = kAccountUrl + "/bills/";
    std::string path;
    undo_percent_encoding(std::string_view(address).substr(std::min(start.size(), address.size())), path);
    const auto found = blobs.find(path);
    if (!address.starts_with(start) || found == blobs.end())
      return answer_with(404, "", {{"x-ms-error-code", "BlobNotFound"}});
    const StoredBlob& blob = found->second;
    if (request.method == "HEAD") {
      return answer_with(200, "",
                         {{"Content-Length", std::to_string(blob.content.size())}, {"ETag", '"' + blob.version + '"'}});
    }
    const std::string wanted = header_of(request, "If-Match");
    if (!wanted.empty() && wanted != '"' + blob.version + '"')
      return answer_with(412, "", {{"x-ms-error-code", "ConditionNotMet"}});
    std::size_t first = 0;
    std::size_t last = 0;
    const std::string range = header_of(request, "x-ms-range");
    const auto parsed = std::from_chars(range.data() + 6, range.data() + range.size(), first);
    std::from_chars(parsed.ptr + 1, range.data() + range.size(), last);
    last = std::min(last + 1, blob.content.size()) - 1;
    HttpResponse response =
        answer_with(206, blob.content.substr(first, last - first + 1),
                    {{"ETag", '"' + blob.version + '"'},
                     {"Content-Range", fmt::format("bytes {}-{}/{}", first, last, blob.content.size())}});
    if (!blob.md5.empty()) response.headers.push_back({"x-ms-blob-content-md5", blob.md5});
    return deliver(request, std::move(response));
  }

  mutable std::mutex mutex_;
  std::vector<HttpRequest> requests_;
  int ranges_ = 0;
};

/// Access to such an account by SAS: small blocks, no pauses.
inline AzureAccess access_to(HttpTransport& storage, std::int64_t block_bytes = 64) {
  AzureAccess access;
  access.transport = &storage;
  access.sas = kSas;
  access.budget = std::make_shared<FetchBudget>();
  access.download = {block_bytes, 3, std::chrono::milliseconds(0)};
  return access;
}

}  // namespace apportion::fetch_testing
