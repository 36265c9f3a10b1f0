#include "serve/page/page_handler.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sodium.h>

#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr int kNotFound = 404;
constexpr int kNotModified = 304;

// Paths of programs: what is unknown below them is an error, and never the page.
constexpr auto kFoldersOfPrograms = std::to_array<std::string_view>({"api", "assets"});

// The page's scripts and pictures are its own, and it asks nobody else. Styles that scripts make need the nonce.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{}'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

constexpr std::string_view kNoPage =
    "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>Apportion</title></head>\n<body>\n"
    "<h1>The page is not installed</h1>\n"
    "<p>The service runs, and its API answers at <code>/api/v1</code>.</p>\n"
    "<p>To have the page, make it from the sources with <code>make page</code>, and start the service again.</p>\n"
    "</body>\n</html>\n";

bool lists(const HttpRequestHead& head, std::string_view header, std::string_view wanted) {
  const auto value = head.headers.find(header);
  return value && std::ranges::any_of(split_text(*value, ','), [wanted](std::string_view part) {
           return ascii_equal_ignoring_case(trim(part.substr(0, part.find(';'))), wanted);
         });
}

bool knows_etag(const HttpRequestHead& head, std::string_view etag) {
  const auto known = head.headers.find("If-None-Match");
  return known && std::ranges::any_of(split_text(*known, ','), [etag](std::string_view part) {
           part = trim(part);
           if (part.starts_with("W/")) part.remove_prefix(2);
           return part == etag;
         });
}

ServerResponse page_response(int status, std::string_view content_type) {
  ServerResponse response;
  response.status = status;
  response.headers.add("Content-Type", std::string(content_type));
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("Referrer-Policy", "same-origin");
  response.headers.add("Cross-Origin-Opener-Policy", "same-origin");
  return response;
}

ServerResponse file_answer(const PageFile& file, const HttpRequestHead& head) {
  const bool is_brotli = !file.brotli.empty() && lists(head, "Accept-Encoding", "br");
  const bool is_gzip = !is_brotli && !file.gzip.empty() && lists(head, "Accept-Encoding", "gzip");
  const std::string_view encoding = is_brotli ? "br" : is_gzip ? "gzip" : "";
  const std::string etag = fmt::format("\"{}{}\"", file.hash, encoding);
  ServerResponse response = page_response(200, file.content_type);
  response.headers.add("Cache-Control", file.is_immutable ? "public, max-age=31536000, immutable" : "no-cache");
  response.headers.add("ETag", etag);
  response.headers.add("Vary", "Accept-Encoding");
  if (knows_etag(head, etag)) {
    response.status = kNotModified;
    return response;
  }
  if (!encoding.empty()) response.headers.add("Content-Encoding", std::string(encoding));
  response.body = is_brotli ? file.brotli : is_gzip ? file.gzip : file.plain;
  return response;
}

std::string with_nonce(std::string text, std::string_view nonce) {
  for (std::size_t at = text.find(kNoncePlace); at != std::string::npos; at = text.find(kNoncePlace, at)) {
    text.replace(at, kNoncePlace.size(), nonce);
  }
  return text;
}

bool is_of_programs(const HttpRequestHead& head) {
  return !head.segments.empty() && std::ranges::find(kFoldersOfPrograms, head.segments[0]) != kFoldersOfPrograms.end();
}

}  // namespace

PageHandler::PageHandler(HttpHandler& next, PageFiles files, std::function<std::string()> nonce)
    : next_(next), files_(std::move(files)), nonce_(std::move(nonce)) {}

ServerResponse PageHandler::document_answer() const {
  const PageFile* document = files_.find("index.html");
  if (document == nullptr) {
    ServerResponse response = page_response(kNotFound, "text/html; charset=utf-8");
    response.headers.add("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    response.body = kNoPage;
    return response;
  }
  const std::string nonce = nonce_();
  ServerResponse response = page_response(200, document->content_type);
  response.headers.add("Content-Security-Policy", fmt::format(fmt::runtime(kPolicy), nonce));
  response.headers.add("Cache-Control", "no-store");  // the nonce is for one load
  response.body = with_nonce(document->plain, nonce);
  return response;
}

std::optional<ServerResponse> PageHandler::page_answer(const HttpRequestHead& head) const {
  if (head.method != "GET" && head.method != "HEAD") return std::nullopt;
  const std::string path = fmt::format("{}", fmt::join(head.segments, "/"));
  const PageFile* file = path == "index.html" ? nullptr : files_.find(path);
  if (file != nullptr) return file_answer(*file, head);
  if (is_of_programs(head) || !lists(head, "Accept", "text/html")) return std::nullopt;
  return document_answer();
}

HttpAdmission PageHandler::admit(const HttpRequestHead& head) {
  HttpAdmission admission = next_.admit(head);
  if (!admission.refusal || admission.refusal->status != kNotFound) return admission;
  auto response = page_answer(head);
  if (response) admission.refusal = std::move(response);
  return admission;
}

// Only what the next handler admits comes in pieces.
std::string PageHandler::line_of(const HttpRequestHead& head) const { return next_.line_of(head); }

std::shared_ptr<HttpBodySink> PageHandler::receive(const HttpRequestHead& head, const Cancel& cancel) {
  return next_.receive(head, cancel);
}

ServerResponse PageHandler::answer(const ServerRequest& request, const Cancel& cancel) {
  return next_.answer(request, cancel);
}

ServerResponse PageHandler::fault(const HttpFault& fault, const HttpRequestHead& head) {
  return next_.fault(fault, head);
}

void PageHandler::answered(const HttpRequestHead& head, int status, std::int64_t bytes,
                           std::chrono::microseconds took) {
  next_.answered(head, status, bytes, took);
}

std::string random_nonce() {
  std::array<unsigned char, 16> bits{};
  randombytes_buf(bits.data(), bits.size());
  std::array<char, 25> text{};
  sodium_bin2base64(text.data(), text.size(), bits.data(), bits.size(), sodium_base64_VARIANT_ORIGINAL);
  return text.data();
}

}  // namespace apportion
