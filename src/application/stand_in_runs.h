/// Which amortized runs of a command may stand in for rows of the actual runs that it takes in after them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <utility>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/ids.h"
#include "pipeline/normalise/stand_ins.h"
#include "store/control_plane.h"
#include "store/home.h"

namespace apportion {

/// Used by one thread. What it keeps is gone with it.
class StandInRuns {
 public:
  static Result<StandInRuns> make(const Home& home);
  /// Keeps what it needs in a folder of somebody else, which must exist and outlive it.
  explicit StandInRuns(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// An actual run of a connection and month will be taken in; of any month, if that is not known yet.
  void expect(ConnectionId connection, std::optional<Month> month) { expected_.push_back({connection, month}); }

  /// Where the prints of an amortized run go that is about to be read; nothing if no actual run may need them.
  Result<std::optional<std::filesystem::path>> folder_for(const Import& amortized);
  /// The run was taken in, by a connection that was as it is here.
  void keep(const Connection& connection, const Import& amortized, std::filesystem::path prints);

  /// The rows that may stand in for those of an actual run that is about to be read: of the run that covers the same
  /// days, and of several such runs of the one that was submitted at about the same time. Nothing if there is none.
  Result<std::optional<StandIns>> for_run(const Connection& connection, const Import& actual) const;

 private:
  struct Expected {
    ConnectionId connection;
    std::optional<Month> month;
  };
  struct Kept {
    Connection connection;
    Import amortized;
    std::filesystem::path prints;
  };

  std::optional<TemporaryFolder> own_;
  std::filesystem::path folder_;
  std::vector<Expected> expected_;
  std::vector<Kept> kept_;
  std::size_t folders_ = 0;
};

}  // namespace apportion
