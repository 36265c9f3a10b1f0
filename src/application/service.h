/// The service: rounds of taking in, splitting, reports and alerts, one after another.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>

#include "application/alerts.h"
#include "application/audit_anchor.h"
#include "application/azure_sessions.h"
#include "application/open_home.h"
#include "application/publish.h"
#include "application/report_deliveries.h"
#include "application/run_queue.h"
#include "foundation/base/files.h"
#include "foundation/base/next_step.h"
#include "foundation/base/result.h"
#include "pipeline/publication/workspace.h"

namespace apportion {

/// Hears what the service does.
class ServiceWatch {
 public:
  ServiceWatch() = default;
  ServiceWatch(const ServiceWatch&) = delete;
  ServiceWatch& operator=(const ServiceWatch&) = delete;
  virtual ~ServiceWatch() = default;
  virtual void begins(std::chrono::minutes between_rounds) = 0;
  virtual void round_begins() = 0;
  virtual void has_no_connection() = 0;
  virtual void took_in(const FlowReport& report) = 0;
  virtual void delivered(const ReportRound& round) = 0;
  virtual void anchored(const AuditAnchor& anchor) = 0;
  virtual void alerted(const AlertRound& round) = 0;
  /// A round ended early; the service goes on.
  virtual void round_failed(const Error& error) = 0;
};

struct ServiceRequest {
  HomeRequest home;  ///< Its cancel ends the service.
  AzureWorld world;
  StepWords words;                                 ///< Of next steps in alerts.
  std::optional<MailWorld> reports = {};           ///< For report subscriptions; unset: none are delivered.
  std::optional<std::int64_t> every_minutes = {};  ///< Unset: as the settings say.
  int rounds = 0;                                  ///< 0: until it is stopped.
  std::optional<AuditAnchoring> anchoring = {};    ///< Of the audit log, after each round.
  std::shared_ptr<RunQueue> workers = {};          ///< Who may read runs; null: nobody else.
};

/// The right to be the service of a home. Errors: kHomeLocked at once if another service has it; there is no home.
Result<FileLock> lock_for_service(const HomeRequest& request);

/// Runs that the service of a home has workers read. How long these may be silent, the settings say.
Result<std::shared_ptr<RunQueue>> open_run_queue(const HomeRequest& request);

/// Runs rounds until it is stopped, or as many as were asked for. A round that cannot have the home is tried again a
/// minute later, and does not count. An audit log that cannot be anchored is an alert. Stopping the job of a round
/// stops the round, not the service. Errors: those of opening the home before the first round.
Result<void> run_service(ServiceRequest request, ServiceWatch& watch);

}  // namespace apportion
