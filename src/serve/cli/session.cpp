#include "serve/cli/session.h"

#include <pwd.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "application/azure_sessions.h"
#include "serve/cli/import_progress.h"

namespace apportion {

Session::Session(GlobalOptions options, Console& console, SessionWorld world)
    : options_(std::move(options)),
      console_(&console),
      world_(std::move(world)),
      clock_(options_.today ? Clock::fixed(*options_.today) : Clock::system()) {}

Caller Session::caller() const {
  const uid_t user = geteuid();
  const passwd* entry = getpwuid(user);
  return Caller::partner(entry == nullptr ? fmt::format("os:{}", user) : fmt::format("os:{}", entry->pw_name));
}

AzureWorld Session::azure_world() const {
  AzureWorld world;
  world.variable = world_.variable;
  world.cancel = cancel_;
  world.epoch_seconds = world_.epoch_seconds;
  world.waits = [console = console_, mutex = std::make_shared<std::mutex>()](const RetryNotice& notice) {
    const std::lock_guard lock(*mutex);
    console->detail(fmt::format("waiting {} s before retrying ({}): {}",
                                std::chrono::ceil<std::chrono::seconds>(notice.pause).count(), notice.reason,
                                notice.url));
  };
  return world;
}

Result<HomeRequest> Session::home_request() const {
  if (options_.home.empty()) return no_home_error();
  HomeRequest request{.folder = options_.home, .clock = clock_, .caller = caller()};
  request.talk = [console = console_](const std::string& line) { console->progress(line); };
  request.cancel = cancel_;
  request.threads = options_.threads;
  request.memory_mib = options_.memory_mib;
  if (options_.wait_seconds) request.patience = std::chrono::seconds(*options_.wait_seconds);
  if (console_->shows_progress()) {
    request.watch = [view = std::make_shared<ImportProgressView>(*console_, std::chrono::steady_clock::now)](
                        const ImportProgress& progress) { view->show(progress); };
  }
  return request;
}

Result<Workspace> Session::open(OnDamage on_damage) const {
  APPORTION_ASSIGN(const HomeRequest request, home_request());
  return open_home(request, on_damage);
}

Result<WritableWorkspace> Session::open_for_writing(OnDamage on_damage) {
  APPORTION_ASSIGN(Workspace workspace, open(on_damage));
  workspace_ = std::make_unique<Workspace>(std::move(workspace));
  return begin_editing(*workspace_, on_damage, [this](const std::string& path) {
    console_->detail(fmt::format("removed, since nothing in this home needs it: {}", path));
  });
}

Error Session::explained(Error error) const {
  if (!may_come_from_damage(error)) return error;
  const auto workspace = open(OnDamage::kGoOn);
  return workspace ? explained_by_damage(*workspace, std::move(error)) : error;
}

Error no_home_error() {
  return Error{ErrorId::kHomeUnknown, "it is not known where the home is", "",
               "neither --home, APPORTION_HOME, XDG_DATA_HOME nor HOME names a folder",
               "give one: `apportion --home DIR …`"};
}

std::filesystem::path default_home(const std::function<std::optional<std::string>(const char*)>& variable) {
  const auto set = [&variable](const char* name) {
    auto value = variable(name);
    return value && !value->empty() ? value : std::nullopt;
  };
  if (const auto data = set("XDG_DATA_HOME")) return std::filesystem::path(*data) / "apportion";
  if (const auto user = set("HOME")) return std::filesystem::path(*user) / ".local" / "share" / "apportion";
  return {};
}

}  // namespace apportion
