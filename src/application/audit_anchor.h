/// Anchors of the audit log: its head, kept outside the home. Whoever owns the home could write the whole chain anew,
/// but not what was kept elsewhere.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "azure/http.h"
#include "foundation/base/cancel.h"
#include "foundation/base/result.h"
#include "pipeline/publication/workspace.h"
#include "store/control_plane.h"

namespace apportion {

/// The head of the log at a moment: its newest entry.
struct AuditAnchor {
  std::int64_t number = 0;
  std::string hash;
  std::string at;  ///< When it was anchored, UTC.

  bool operator==(const AuditAnchor&) const = default;
};

/// `{"number": 17, "hash": "…", "at": "2026-11-22T11:00:00Z"}`, a line of an anchor file and the body for a webhook.
std::string anchor_json(const AuditAnchor& anchor);

/// The anchors of a file, oldest first; none if there is no file. Errors: kAuditAnchorInvalid, which names the line.
Result<std::vector<AuditAnchor>> read_anchors(const std::filesystem::path& file);

/// Whether the log holds the entry as it was anchored.
Result<bool> holds_anchor(const ControlPlane& control_plane, const AuditAnchor& anchor);

/// Anchors the log in one place: a file, which gets a line for each new head, or a webhook, which gets it by POST.
class AuditAnchoring {
 public:
  /// `place`: a file outside the home, or a URL that a webhook may have. Errors: kAuditAnchorInvalid.
  static Result<AuditAnchoring> at(const std::string& place, const std::filesystem::path& home);

  /// Anchors the head if the place does not have it yet; returns it then. A webhook is not asked what it has: it gets
  /// what this object did not send yet. Errors: kAuditHeadMissing if the log does not hold the newest anchor any more,
  /// and then nothing is added; kWebhookRefused; those of files and of the network.
  Result<std::optional<AuditAnchor>> anchor(const Workspace& workspace, HttpTransport& transport, const Cancel& cancel);

  /// The file, or scheme and host: the rest of a URL may be a secret.
  const std::string& shown_place() const { return shown_place_; }

 private:
  AuditAnchoring(std::string place, bool is_url, std::string shown_place)
      : place_(std::move(place)), is_url_(is_url), shown_place_(std::move(shown_place)) {}
  Result<std::optional<AuditAnchor>> newest_there() const;
  Result<void> add(const AuditAnchor& anchor, HttpTransport& transport, const Cancel& cancel) const;

  std::string place_;
  bool is_url_;
  std::string shown_place_;
  std::optional<AuditAnchor> sent_;
};

}  // namespace apportion
