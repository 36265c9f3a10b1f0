/// How a connection reaches Azure, as options of `connection add` and `connection edit`. Internal to `cli`.
#pragma once

#include <optional>
#include <string>

#include "application/connection_access.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "serve/cli/command.h"
#include "serve/cli/session.h"

namespace apportion {

/// The request, and the files that hold its secrets.
struct AccessOptions : AccessRequest {
  std::optional<std::string> client_secret_file;
  std::optional<std::string> certificate_password_file;
  std::optional<std::string> sas_file;
  std::optional<Day> secret_expires;
  std::optional<std::string> legacy_client_secret_file;
  std::optional<std::string> legacy_certificate_password_file;
  std::optional<Day> legacy_secret_expires;

  void add_options(Command command);
  /// The request, including the secrets.
  Result<AccessRequest> read(Session& session) const;

 private:
  void add_legacy_options(Command command);
};

}  // namespace apportion
