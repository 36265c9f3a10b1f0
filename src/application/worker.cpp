#include "application/worker.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "application/run_rows.h"
#include "application/stand_in_runs.h"
#include "application/worker_documents.h"
#include "foundation/base/content_hash.h"
#include "foundation/base/files.h"
#include "foundation/base/folder_entries.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "foundation/base/threads.h"
#include "pipeline/fetch/manifest.h"
#include "pipeline/fetch/store_of_location.h"

namespace apportion {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::chrono::milliseconds kIdlePause{1000};
constexpr std::chrono::milliseconds kPauseWithoutAnswer{2000};
constexpr std::chrono::milliseconds kLastWordTime{1000};
constexpr int kRenewalsWithinLease = 4;
constexpr std::size_t kReasonBytesMax = 1000;

// Whether the same may succeed later, without anybody's doing.
bool is_passing(const Error& error) {
  return error.kind() == ErrorKind::kUnreachable || error.kind() == ErrorKind::kBusy;
}

Result<std::string> checked_address(std::string url) {
  while (url.ends_with('/')) url.pop_back();
  if (origin_of(url).empty() || url.find_first_of("?#") != std::string::npos) {
    return Error{ErrorId::kUrlInvalid, "this is not the address of a service", shown_url(url),
                 "expected https://HOST[:PORT]", "give the address that the service listens at"};
  }
  if (is_secure(url)) return url;
  return Error{ErrorId::kAddressNotProtected, "the service would be asked without TLS", shown_url(url),
               "people on the network could read the token and what is answered",
               "let the service listen with TLS, and give its https address"};
}

// What the service said in its problem document.
struct Problem {
  std::string id;
  std::string detail;
};

Problem problem_of(const HttpResponse& response) {
  const Json json = Json::parse(response.body, nullptr, false);
  const auto field = [&](const char* name) {
    return json.is_object() && json.contains(name) && json[name].is_string() ? json[name].get<std::string>() : "";
  };
  return {field("id"), field("detail")};
}

// The service, as its workers ask it.
class Coordinator {
 public:
  Coordinator(std::string url, const WorkerRequest& request, HttpTransport& transport)
      : url_(std::move(url)), request_(&request), transport_(&transport) {}

  const std::string& url() const { return url_; }

  // An answer without a body is null.
  Result<Json> call(const char* method, const std::string& path, const std::optional<std::string>& body,
                    const Cancel& cancel, std::optional<std::chrono::milliseconds> time_max = {}) {
    HttpRequest request;
    request.method = method;
    request.url = url_ + "/api/v1/worker/" + path;
    request.headers = {{"Authorization", "Bearer " + request_->token}, {"Accept", "application/json"}};
    request.may_repeat = false;
    if (time_max) request.stall_time_max = *time_max;
    if (body) {
      request.headers.push_back({"Content-Type", "application/json"});
      request.body = *body;
    }
    APPORTION_ASSIGN(const HttpResponse response, transport_->send(request, cancel));
    if (!response.ok()) return refusal(response);
    if (response.body.empty()) return Json();
    Json json = Json::parse(response.body, nullptr, false);
    if (json.is_object()) return json;
    return unknown("what it answers is not JSON");
  }

  Error unknown(std::string why) const {
    return {ErrorId::kWorkerCoordinatorUnknown, "what answers there does not hand out runs", url_, std::move(why),
            "give the address of a service of the same version as this program"};
  }

 private:
  Error refusal(const HttpResponse& response) const {
    constexpr int kUnauthorized = 401, kForbidden = 403, kTooMany = 429, kServerFault = 500;
    const Problem problem = problem_of(response);
    const std::string why = fmt::format("{} {}", response.status, excerpt(problem.detail, kReasonBytesMax));
    for (const ErrorId id : {ErrorId::kWorkerLeaseEnded, ErrorId::kWorkerVersionDiffers, ErrorId::kWorkerAnswerWrong}) {
      if (problem.id != error_definition(id).name) continue;
      return {id, "the service refuses it", url_, problem.detail,
              id == ErrorId::kWorkerVersionDiffers ? "install the version of the service on this machine, too" : ""};
    }
    if (response.status == kUnauthorized) {
      return {ErrorId::kSignInRefused, "the service does not know the token", url_, problem.detail,
              "make a new one on the machine of the service: " + step(Step::kAddToken)};
    }
    if (response.status == kForbidden) {
      return {ErrorId::kNotAllowed, "the token may not take runs", url_, problem.detail,
              "make one of the role `worker` on the machine of the service: " + step(Step::kAddToken)};
    }
    if (response.status == kTooMany || response.status >= kServerFault) {
      return {ErrorId::kServiceBusy, "the service cannot answer now", url_, why, "wait; it is asked again"};
    }
    return unknown(why);
  }

  std::string url_;
  const WorkerRequest* request_;
  HttpTransport* transport_;
};

// A share may show an old list of names until the folder above is opened again.
bool is_in_lake(const fs::path& lake, const std::string& folder) {
  const fs::path path = lake / folder;
  const auto entries = entries_of(path.parent_path());
  return entries && std::ranges::any_of(*entries, [&](const auto& entry) { return entry.path() == path; });
}

int threads_of(int wanted) {
  return wanted > 0 ? wanted : std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

// The run must be the one that the service found.
Result<void> check_seen(BlobStore& store, const Run& run) {
  const auto not_seen = [&](const std::string& name, std::string why) {
    return Error{ErrorId::kWorkerRunNotSeen, "this machine does not see the run as the service does",
                 store.place_of(name), std::move(why), "mount the folder of the exports at the same path here"};
  };
  const auto manifest = store.read_whole(run.source, kManifestBytesMax);
  if (!manifest) return not_seen(run.source, manifest.error().why);
  if (ContentHash().add(*manifest).hex() != run.manifest_hash) return not_seen(run.source, "its manifest is another");
  for (const RunBlob& part : run.blobs) {
    std::error_code failure;
    const auto bytes = fs::file_size(store.local_path(part.name), failure);
    if (failure) return not_seen(part.name, failure.message());
    if (static_cast<std::int64_t>(bytes) != part.bytes) {
      return not_seen(part.name, fmt::format("it has {} bytes here, and {} there", bytes, part.bytes));
    }
  }
  return ok();
}

// How far a lease is, told by the threads that read, and asked by the one that renews.
struct Progress {
  std::atomic<std::size_t> run{0};
  std::atomic<std::int64_t> rows{0};
  std::atomic<std::int64_t> bytes{0};
};

// Reads the runs of one lease.
class LeaseReader {
 public:
  LeaseReader(const WorkerRequest& request, const RunLease& lease, const Cancel& cancel, Progress& progress)
      : request_(&request),
        lease_(&lease),
        cancel_(cancel),
        progress_(&progress),
        temporary_(request.lake / lease.folder / "work"),
        stand_ins_(temporary_) {}

  Result<std::vector<RunRows>> read() {
    APPORTION_TRY(check_folders());
    APPORTION_TRY(make_folder(temporary_));
    for (const LeasedRun& run : lease_->runs) {
      const Import& import = run.offered.what.import;
      if (import.dataset == Dataset::kActualCost) stand_ins_.expect(import.connection, import.month);
    }
    std::vector<RunRows> rows;
    for (const LeasedRun& run : lease_->runs) {
      progress_->run = rows.size();
      APPORTION_ASSIGN(rows.emplace_back(), read(run));
    }
    return rows;
  }

 private:
  Result<void> check_folders() const {
    std::vector<std::string> folders{lease_->folder};
    for (const LeasedRun& run : lease_->runs) folders.push_back(run.folder);
    for (const std::string& folder : folders) {
      const fs::path path = (request_->lake / folder).lexically_normal();
      if (lies_within(path, request_->lake / "incoming") && is_in_lake(request_->lake, folder)) continue;
      return Error{ErrorId::kWorkerLakeDiffers, "the folder of the lease is not there", path.string(),
                   "the service made it before it gave the lease", "see that both see the same lake"};
    }
    return ok();
  }

  Result<RunRows> read(const LeasedRun& leased) {
    const RunToRead& what = leased.offered.what;
    APPORTION_ASSIGN(const auto store, store_of_folder(leased.offered.location));
    APPORTION_TRY(check_seen(*store, what.run));
    RunReading reading{request_->lake, request_->lake / leased.folder, temporary_, threads_of(request_->threads),
                       cancel_};
    reading.watch = [this](const ReadProgress& read) {
      progress_->rows = read.rows;
      progress_->bytes = read.bytes;
    };
    const Connection connection{.name = what.connection};
    if (what.import.dataset == Dataset::kAmortizedCost) {
      APPORTION_ASSIGN(reading.prints, stand_ins_.folder_for(what.import));
    }
    if (what.import.dataset == Dataset::kActualCost) {
      APPORTION_ASSIGN(reading.stand_ins, stand_ins_.for_run(connection, what.import));
    }
    const auto prints = reading.prints;
    APPORTION_ASSIGN(RunRows rows, read_run_rows(*store, what, std::move(reading)));
    if (prints) stand_ins_.keep(connection, what.import, *prints);
    return rows;
  }

  const WorkerRequest* request_;
  const RunLease* lease_;
  Cancel cancel_;
  Progress* progress_;
  fs::path temporary_;
  StandInRuns stand_ins_;
};

// Renews a lease as long as it lives, and stops the work when it is lost.
class Renewal {
 public:
  Renewal(Coordinator& coordinator, const std::string& name, const RunLease& lease, Cancel work, Progress& progress)
      : coordinator_(&coordinator), name_(name), lease_(&lease), work_(std::move(work)), progress_(&progress) {
    static_cast<void>(thread_.start([this] { run(); }));  // without one, the lease ends early
  }
  Renewal(const Renewal&) = delete;
  Renewal& operator=(const Renewal&) = delete;
  ~Renewal() { end(); }

  // Why the lease was lost; nothing if it was not.
  std::optional<Error> end() {
    ended_.request();
    thread_.wait();
    return lost_;
  }

 private:
  void run() {
    int unheard = 0;
    while (ended_.wait_for(lease_->lasts / kRenewalsWithinLease)) {
      const Json body = {{"worker", name_},
                         {"run", progress_->run.load()},
                         {"rows", progress_->rows.load()},
                         {"bytes", progress_->bytes.load()}};
      auto renewed = coordinator_->call("PUT", "leases/" + lease_->id, body.dump(), ended_);
      if (ended_.requested()) return;
      const bool may_be_heard = !renewed && is_passing(renewed.error()) && ++unheard < kRenewalsWithinLease;
      if (renewed) unheard = 0;
      if (renewed || may_be_heard) continue;
      lost_ = std::move(renewed).error();
      work_.request();
      return;
    }
  }

  Coordinator* coordinator_;
  std::string name_;
  const RunLease* lease_;
  Cancel work_;
  Progress* progress_;
  Cancel ended_;
  std::optional<Error> lost_;
  Threads thread_;
};

class Worker {
 public:
  Worker(const WorkerRequest& request, std::string url, HttpTransport& transport, Cancel cancel, WorkerWatch& watch)
      : request_(&request),
        coordinator_(std::move(url), request, transport),
        cancel_(std::move(cancel)),
        watch_(&watch) {}

  Result<void> run() {
    const auto ended = take_leases();
    const Json body = {{"worker", request_->name}};
    if (is_known_) static_cast<void>(coordinator_.call("POST", "end", body.dump(), Cancel(), kLastWordTime));
    return ended;
  }

 private:
  Result<void> take_leases() {
    for (int done = 0; request_->leases == 0 || done < request_->leases;) {
      const Result<bool> worked = take_lease();
      if (cancel_.requested()) return ok();
      if (!worked && !is_passing(worked.error())) return worked.error();
      if (!worked) {
        if (!std::exchange(is_waiting_, true)) watch_->waits(worked.error());
        is_known_ = false;
      }
      if (worked && *worked) ++done;
      const auto pause = worked ? std::min(kIdlePause, lasts_ / kRenewalsWithinLease) : kPauseWithoutAnswer;
      if ((!worked || !*worked) && !cancel_.wait_for(pause)) return ok();
    }
    return ok();
  }

  // The service and this machine must be of one version, and see one lake.
  Result<void> get_to_know() {
    if (is_known_) return ok();
    APPORTION_ASSIGN(const Json lake, coordinator_.call("GET", "lake?version=" + percent_encoded(request_->version),
                                                        std::nullopt, cancel_));
    if (!lake.contains("folder") || !lake["folder"].is_string() || !lake.contains("seconds") ||
        !lake["seconds"].is_number_integer()) {
      return coordinator_.unknown("it does not say which lake it has");
    }
    const auto folder = lake["folder"].get<std::string>();
    if (!is_in_lake(request_->lake, folder)) {
      return Error{ErrorId::kWorkerLakeDiffers, "this is not the lake of the service", request_->lake.string(),
                   fmt::format("the folder {} of the service's lake is not in it", folder),
                   "give the folder `lake` of the service's home, as this machine sees it"};
    }
    lasts_ = std::chrono::seconds(lake["seconds"].get<std::int64_t>());
    is_known_ = true;
    is_waiting_ = false;
    is_ready_ = false;
    return ok();
  }

  // Whether there was anything to do.
  Result<bool> take_lease() {
    APPORTION_TRY(get_to_know());
    const Json body = {{"worker", request_->name}, {"version", request_->version}};
    APPORTION_ASSIGN(const Json taken, coordinator_.call("POST", "leases", body.dump(), cancel_));
    if (!std::exchange(is_ready_, true)) watch_->ready(coordinator_.url());
    if (!taken.contains("lease")) return false;
    APPORTION_ASSIGN(const RunLease lease, lease_of_json(taken["lease"]));
    for (const LeasedRun& run : lease.runs) {
      const RunToRead& what = run.offered.what;
      watch_->reads(fmt::format("{} {} {}", what.connection, dataset_name(what.import.dataset),
                                what.import.month.to_string()));
    }
    const auto done = work(lease);
    if (done) return true;
    if (cancel_.requested()) return done.error();
    watch_->dropped(done.error());
    // Others read the runs; a service that is gone is waited for.
    if (is_passing(done.error())) return done.error();
    return true;
  }

  Result<void> work(const RunLease& lease) {
    Progress progress;
    const Cancel working = cancel_.child();
    Renewal renewal(coordinator_, request_->name, lease, working, progress);
    const auto rows = LeaseReader(*request_, lease, working, progress).read();
    const auto answered = rows ? answer(lease, *rows) : Result<void>(rows.error());
    if (answered) return ok();
    auto lost = renewal.end();
    if (lost) return *std::move(lost);
    if (!cancel_.requested() && !is_passing(answered.error())) give_back(lease, answered.error().message());
    return answered;
  }

  Result<void> answer(const RunLease& lease, const std::vector<RunRows>& rows) {
    Json json = answer_json(rows);
    json["worker"] = request_->name;
    std::string body;
    try {
      body = json.dump();
    } catch (const Json::exception&) {
      return Error{ErrorId::kWorkerAnswerWrong, "the answer cannot be sent", "", "a rejected row is no UTF-8",
                   "the service reads the run itself"};
    }
    if (body.size() > kWorkerAnswerBytesMax) {
      return Error{ErrorId::kBodyTooLarge, "the answer cannot be sent", "",
                   fmt::format("it has {} bytes: so many rows are rejected", body.size()),
                   "the service reads the run itself"};
    }
    const auto answered = coordinator_.call("POST", "leases/" + lease.id + "/answer", body, cancel_);
    if (!answered) return answered.error();
    std::int64_t count = 0;
    for (const RunRows& one : rows) count += one.import.rows_stored;
    watch_->wrote(count, rows.size());
    return ok();
  }

  // A lease that cannot be given back ends by itself.
  void give_back(const RunLease& lease, const std::string& why) {
    const Json body = {{"worker", request_->name}, {"why", excerpt(why, kReasonBytesMax)}};
    static_cast<void>(coordinator_.call("POST", "leases/" + lease.id + "/return",
                                        body.dump(-1, ' ', false, Json::error_handler_t::replace), cancel_));
  }

  const WorkerRequest* request_;
  Coordinator coordinator_;
  Cancel cancel_;
  WorkerWatch* watch_;
  std::chrono::milliseconds lasts_ = kIdlePause;
  bool is_known_ = false;
  bool is_ready_ = false;
  bool is_waiting_ = false;
};

}  // namespace

Result<void> run_worker(const WorkerRequest& request, const Environment& environment, const Cancel& cancel,
                        WorkerWatch& watch) {
  APPORTION_ASSIGN(std::string url, checked_address(request.coordinator));
  CurlTransport transport(curl_options_of_environment(environment));
  return Worker(request, std::move(url), transport, cancel, watch).run();
}

}  // namespace apportion
