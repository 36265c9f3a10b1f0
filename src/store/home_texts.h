/// Home texts: short texts that somebody set for a home, by name: the partner's brand, where people reach the service.
///
/// They have a handle of their own on the control plane, so that a change waits for nothing that is computed. Not
/// thread-safe; processes may use them at the same time.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "foundation/base/clock.h"
#include "foundation/base/result.h"
#include "store/people_book.h"

namespace apportion {

class HomeTexts {
 public:
  static Result<HomeTexts> open(const std::filesystem::path& control_plane_file, Clock clock);
  HomeTexts(HomeTexts&&) noexcept;
  HomeTexts& operator=(HomeTexts&&) noexcept;
  ~HomeTexts();

  /// By name; what was never set is not there.
  Result<std::map<std::string, std::string>> all() const;
  /// Sets some of them in one transaction; an empty text takes one away. `detail` is for the audit log.
  Result<void> put(const std::map<std::string, std::string>& texts, std::string_view what, std::string_view detail,
                   const Doer& doer);

 private:
  class Database;
  explicit HomeTexts(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace apportion
