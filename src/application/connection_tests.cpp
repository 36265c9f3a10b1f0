#include "application/connection_tests.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "application/open_home_texts.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::string_view kPrefix = "connection-test.";

std::string name_of(const Connection& connection) { return fmt::format("{}{}", kPrefix, connection.id.raw()); }

std::int64_t number_in(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

Result<void> keep_connection_test(const Caller& caller, const Workspace& workspace, const Connection& connection,
                                  const std::vector<Probe>& probes) {
  const auto failed = std::ranges::count(probes, ProbeState::kFailed, &Probe::state);
  APPORTION_ASSIGN(HomeTexts texts, open_home_texts(workspace));
  return texts.put({{name_of(connection), fmt::format("{} {} {}", workspace.clock.now(), probes.size(), failed)}},
                   "connection.test", fmt::format("{}: {} of {} probes failed", connection.name, failed, probes.size()),
                   {caller.actor});
}

Result<void> forget_connection_test(const Workspace& workspace, const Connection& connection) {
  APPORTION_ASSIGN(HomeTexts texts, open_home_texts(workspace));
  APPORTION_ASSIGN(const auto all, texts.all());
  if (!all.contains(name_of(connection))) return ok();
  return texts.put({{name_of(connection), ""}}, "connection.forget-test", connection.name, {workspace.caller.actor});
}

Result<std::map<ConnectionId, ConnectionTest>> connection_tests(const Workspace& workspace) {
  APPORTION_ASSIGN(const HomeTexts texts, open_home_texts(workspace));
  APPORTION_ASSIGN(const auto all, texts.all());
  std::map<ConnectionId, ConnectionTest> tests;
  for (const auto& [name, value] : all) {
    if (!name.starts_with(kPrefix)) continue;
    const std::vector<std::string_view> parts = split_text(value, ' ');
    constexpr std::size_t kParts = 3;
    if (parts.size() != kParts) continue;
    const ConnectionId id(number_in(std::string_view(name).substr(kPrefix.size())));
    tests[id] = {std::string(parts[0]), number_in(parts[1]), number_in(parts[2])};
  }
  return tests;
}

}  // namespace apportion
