#include "pipeline/fetch/blob_list.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "foundation/base/text.h"
#include "pipeline/fetch/blob_url.h"

namespace apportion {
namespace {

Error not_a_list(const std::string& place, std::string why) {
  return {
      ErrorId::kStorageListUnreadable, "the storage account's list of blobs cannot be read", place, std::move(why),
      "check that the URL is one of blob storage, and check for proxies between this machine and the storage account"};
}

Result<std::string> path_of(const pugi::xml_node& blob, const std::string& place) {
  const pugi::xml_node name = blob.child("Name");
  const std::string_view text = name.text().get();
  if (text.empty()) return not_a_list(place, "a blob in it has no name");
  if (!name.attribute("Encoded").as_bool()) return std::string(text);
  std::string decoded;
  if (!undo_percent_encoding(text, decoded))
    return not_a_list(place, fmt::format("the encoded name '{}' is broken", excerpt(text)));
  return decoded;
}

Result<ListedBlob> blob_of(const pugi::xml_node& node, const std::string& place) {
  ListedBlob blob;
  APPORTION_ASSIGN(blob.path, path_of(node, place));
  const pugi::xml_node properties = node.child("Properties");
  const std::string_view bytes = properties.child("Content-Length").text().get();
  const auto parsed = std::from_chars(bytes.data(), bytes.data() + bytes.size(), blob.bytes);
  if (parsed.ec != std::errc() || parsed.ptr != bytes.data() + bytes.size() || blob.bytes < 0)
    return not_a_list(place, fmt::format("the size of '{}' is given as '{}'", excerpt(blob.path), excerpt(bytes)));
  blob.version = properties.child("Etag").text().get();
  if (blob.version.empty()) blob.version = properties.child("ETag").text().get();
  blob.md5 = properties.child("Content-MD5").text().get();
  blob.is_folder = ascii_equal_ignoring_case(node.child("Metadata").child("hdi_isfolder").text().get(), "true") ||
                   ascii_equal_ignoring_case(properties.child("ResourceType").text().get(), "directory");
  return blob;
}

}  // namespace

Result<BlobListPage> read_blob_list(std::string_view xml, const std::string& place) {
  if (xml.find("<!DOCTYPE") != std::string_view::npos || xml.find("<!ENTITY") != std::string_view::npos)
    return not_a_list(place, "it declares a document type, which Azure storage never does");
  pugi::xml_document document;
  const auto parsed = document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!parsed) return not_a_list(place, fmt::format("{} at byte {}", parsed.description(), parsed.offset));
  const pugi::xml_node root = document.child("EnumerationResults");
  if (!root || !root.child("Blobs")) return not_a_list(place, "it is XML, but not a list of blobs");
  BlobListPage page;
  for (const pugi::xml_node& node : root.child("Blobs").children("Blob")) {
    APPORTION_ASSIGN(ListedBlob blob, blob_of(node, place));
    page.blobs.push_back(std::move(blob));
  }
  page.next_marker = root.child("NextMarker").text().get();
  return page;
}

}  // namespace apportion
