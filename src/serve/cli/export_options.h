/// Which exports a connection should have, as options of `exports plan` and `exports apply`. Internal to `cli`.
#pragma once

#include <optional>
#include <string>

#include "application/export_settings.h"
#include "foundation/base/result.h"
#include "serve/cli/command.h"
#include "serve/cli/session.h"

namespace apportion {

/// The wishes, and the file that holds the SAS.
struct ExportOptions : ExportWishes {
  std::optional<std::string> delivery_sas_file;

  void add_options(Command command);
  /// The wishes, including the SAS.
  Result<ExportWishes> read(Session& session) const;
};

}  // namespace apportion
