/// Alerts: what a person should hear of without looking. A condition that holds opens an alert, once; when it is over,
/// the alert is closed. Channels are notified of both.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/disk_space.h"
#include "foundation/base/next_step.h"
#include "foundation/base/result.h"
#include "foundation/base/utc_time.h"
#include "store/azure_catalog.h"
#include "store/control_plane.h"
#include "store/settings.h"

namespace apportion {

struct AlertSettings {
  std::chrono::hours late_grace{2};
  int expiry_days = 30;        ///< Alert when a secret, certificate or SAS ends within so many days.
  int disk_free_percent = 10;  ///< Alert when less of the home's disk is free; 0: never.

  /// As the settings of a home say.
  static AlertSettings of(const Settings& settings);
};

/// Something that ends on a day and is not kept sealed: a certificate in a file.
struct Expiry {
  std::string connection;
  std::string what;  ///< `certificate /etc/apportion/app.pem`
  Day on = Day(0);
};

struct AlertCondition {
  std::string key;         ///< Distinguishes it from all others: `run-late acme`.
  std::string kind;        ///< `run-late`, `run-held`, `sync-failed`, `credential-expires`, …
  std::string connection;  ///< Empty when it concerns none.
  std::string text;        ///< What holds, and the next steps (next_step.h), for people.
};

/// What holds now. `expiries`: those that the catalog does not know.
Result<std::vector<AlertCondition>> alert_conditions(const ControlPlane& control_plane, const AzureCatalog& catalog,
                                                     const std::vector<Expiry>& expiries, const AlertSettings& settings,
                                                     UtcTime now);

/// Whether the disk of the home has little room.
std::vector<AlertCondition> disk_conditions(const DiskSpace& disk, const AlertSettings& settings);

/// What a channel is notified of.
struct AlertMessage {
  StoredAlert alert;
  bool opened = true;  ///< Else it is over.
};

/// Where alerts go. A failed delivery is tried again in the next round.
class AlertSender {
 public:
  AlertSender() = default;
  AlertSender(const AlertSender&) = delete;
  AlertSender& operator=(const AlertSender&) = delete;
  virtual ~AlertSender() = default;
  virtual Result<void> send(const AlertMessage& message) = 0;
};

struct NamedSender {
  std::string channel;
  std::unique_ptr<AlertSender> sender;
};

struct AlertRound {
  std::vector<StoredAlert> opened;
  std::vector<StoredAlert> closed;
  std::vector<Error> failures;  ///< Of deliveries.
};

/// Opens and closes alerts so that they match `conditions`. One process at a time may do so.
Result<AlertRound> update_alerts(AzureCatalog& catalog, const std::vector<AlertCondition>& conditions);

/// Sends every channel what it has not been sent, with next steps in these words; `round` gets what failed.
Result<void> deliver_alerts(AzureCatalog& catalog, const std::vector<NamedSender>& senders, const StepWords& words,
                            AlertRound& round);

}  // namespace apportion
