#include "application/audit_anchor.h"

#include <cerrno>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "foundation/base/files.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kHashLength = 64;
constexpr std::uint64_t kAnswerBytesMax = 1 << 20;

std::optional<AuditAnchor> parse_anchor(const std::string& line) {
  const Json json = Json::parse(line, nullptr, false);
  const auto has = [&json](const char* name, auto is_right) { return json.contains(name) && is_right(json.at(name)); };
  const auto is_text = [](const Json& value) { return value.is_string(); };
  const auto is_number = [](const Json& value) { return value.is_number_integer(); };
  if (!json.is_object() || !has("number", is_number) || !has("hash", is_text) || !has("at", is_text)) return {};
  AuditAnchor anchor{json.at("number"), json.at("hash"), json.at("at")};
  if (anchor.number < 1 || anchor.hash.size() != kHashLength) return {};
  return anchor;
}

Error anchor_error(std::string where, std::string why, std::string next) {
  return {ErrorId::kAuditAnchorInvalid, "the audit log cannot be anchored there", std::move(where), std::move(why),
          std::move(next)};
}

std::filesystem::path resolved(const std::filesystem::path& path) {
  std::error_code failure;
  return std::filesystem::weakly_canonical(std::filesystem::absolute(path, failure), failure);
}

Result<void> append_line(const std::filesystem::path& file, const std::string& line) {
  std::ofstream out(file, std::ios::binary | std::ios::app);
  out << line << '\n' << std::flush;
  if (!out) return file_error("the anchor could not be written", file, errno);
  return sync_to_disk(file);
}

Result<std::optional<AuditAnchor>> head_of(const Workspace& workspace) {
  APPORTION_ASSIGN(const auto newest, workspace.control_plane.audit_log(1));
  if (newest.empty()) return std::optional<AuditAnchor>();
  return std::optional(AuditAnchor{newest[0].number, newest[0].hash, workspace.clock.now()});
}

}  // namespace

std::string anchor_json(const AuditAnchor& anchor) {
  return Json{{"number", anchor.number}, {"hash", anchor.hash}, {"at", anchor.at}}.dump();
}

Result<std::vector<AuditAnchor>> read_anchors(const std::filesystem::path& file) {
  std::error_code failure;
  if (!std::filesystem::exists(file, failure) && !failure) return std::vector<AuditAnchor>();
  APPORTION_ASSIGN(const std::string text, read_file(file));
  std::vector<AuditAnchor> anchors;
  std::istringstream lines(text);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    ++number;
    if (trim(line).empty()) continue;
    const auto anchor = parse_anchor(line);
    if (!anchor) {
      return Error{ErrorId::kAuditAnchorInvalid, "the file holds something else than anchors of the audit log",
                   fmt::format("{}, line {}", file.string(), number),
                   "expected lines of JSON with `number`, `hash` and `at`", "name the file that the anchors are in"};
    }
    anchors.push_back(*anchor);
  }
  return anchors;
}

Result<bool> holds_anchor(const ControlPlane& control_plane, const AuditAnchor& anchor) {
  APPORTION_ASSIGN(const auto entries, control_plane.audit_log(1, anchor.number + 1));
  return !entries.empty() && entries[0].number == anchor.number && entries[0].hash == anchor.hash;
}

Result<AuditAnchoring> AuditAnchoring::at(const std::string& place, const std::filesystem::path& home) {
  if (place.find("://") != std::string::npos) {
    if (is_secure(place)) return AuditAnchoring(place, true, origin_of(place));
    return anchor_error(origin_of(place), "expected an https URL with a plain host, without a user or password",
                        "give the https URL of the receiver, or a file");
  }
  if (lies_within(resolved(place), resolved(home))) {
    return anchor_error(place, "it is inside the home: whoever rewrites the log there can rewrite this file too",
                        "name a file on another machine or medium");
  }
  return AuditAnchoring(place, false, place);
}

Result<std::optional<AuditAnchor>> AuditAnchoring::newest_there() const {
  if (is_url_) return sent_;
  APPORTION_ASSIGN(const auto anchors, read_anchors(place_));
  return anchors.empty() ? std::optional<AuditAnchor>() : std::optional(anchors.back());
}

Result<void> AuditAnchoring::add(const AuditAnchor& anchor, HttpTransport& transport, const Cancel& cancel) const {
  if (!is_url_) return append_line(place_, anchor_json(anchor));
  HttpRequest request;
  request.method = "POST";
  request.url = place_;
  request.body = anchor_json(anchor);
  request.path_is_secret = true;
  request.answer_bytes_max = kAnswerBytesMax;
  request.headers = {{"Content-Type", "application/json"}};
  APPORTION_ASSIGN(const HttpResponse answer, transport.send(request, cancel));
  if (answer.ok()) return ok();
  return Error{ErrorId::kWebhookRefused, "the webhook did not accept the head of the audit log", shown_place_,
               fmt::format("it answered {}", answer.status),
               "see the receiver's log; it is sent again in the next round"};
}

Result<std::optional<AuditAnchor>> AuditAnchoring::anchor(const Workspace& workspace, HttpTransport& transport,
                                                          const Cancel& cancel) {
  APPORTION_ASSIGN(const auto before, newest_there());
  APPORTION_ASSIGN(const auto head, head_of(workspace));
  if (before) {
    APPORTION_ASSIGN(const bool is_held, holds_anchor(workspace.control_plane, *before));
    if (!is_held) {
      return Error{ErrorId::kAuditHeadMissing, "the audit log does not contain the entry that was anchored last",
                   fmt::format("{}: entry {}, {}", shown_place_, before->number, before->hash),
                   "the log was rewritten, or the anchors are those of another home",
                   "compare the log with a backup from before"};
    }
  }
  if (!head || (before && before->number == head->number)) return std::optional<AuditAnchor>();
  APPORTION_TRY(add(*head, transport, cancel));
  sent_ = head;
  return head;
}

}  // namespace apportion
