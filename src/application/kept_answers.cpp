#include "application/kept_answers.h"

#include "foundation/base/next_step.h"
#include "people/secrets.h"

namespace apportion {
namespace {

constexpr const char* kHeader = "Idempotency-Key";

// The key makes it different for each request: a body with a secret cannot be guessed from it.
std::string hash_of(const KeyedRequest& request) {
  return secret_hash(request.key + '\n' + request.method + '\n' + request.path + '\n' + request.body);
}

Error outcome_unknown() {
  return Error{
      ErrorId::kOutcomeUnknown, "whether the request was carried out is not known", kHeader,
      "the service ended while it answered the first request with this key, or a customer that the answer was about "
      "has been erased since",
      "look whether it is there (a job: " + step(Step::kListAllJobs) + "); if it is not, use a new key"};
}

}  // namespace

// What is being answered in this process; nothing is known of it when the work ended by an exception.
class KeptAnswers::Turn {
 public:
  Turn(KeptAnswers& owner, const AnswerKey& key) : owner_(&owner), key_(key.actor, key.hash) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() {
    const std::lock_guard lock(owner_->mutex_);
    owner_->answered_.erase(key_);
  }

 private:
  KeptAnswers* owner_;
  std::pair<std::string, std::string> key_;
};

Result<std::unique_ptr<KeptAnswers>> KeptAnswers::open(const Home& home) {
  APPORTION_ASSIGN(TemporaryFolder folder, home.make_temporary_folder());
  APPORTION_ASSIGN(AnswerBook book, AnswerBook::open(home.control_plane_file()));
  return std::unique_ptr<KeptAnswers>(new KeptAnswers(home, std::move(book), std::move(folder)));
}

bool KeptAnswers::is_being_answered(const AnswerKey& key, const std::string& folder) const {
  const bool is_ours = folder == folder_.path().filename().string();
  return is_ours ? answered_.contains({key.actor, key.hash}) : home_.lives(folder);
}

Result<std::optional<KeptAnswer>> KeptAnswers::begin(const AnswerKey& key, const std::string& request_hash,
                                                     std::int64_t now_seconds) {
  const std::lock_guard lock(mutex_);
  APPORTION_ASSIGN(auto known, book_.begin(key, request_hash, folder_.path().filename().string(), now_seconds));
  if (!known) {
    answered_.emplace(key.actor, key.hash);
    return std::optional<KeptAnswer>();
  }
  if (known->request_hash != request_hash) {
    return Error{ErrorId::kIdempotencyKeyReused, "the idempotency key belongs to another request", kHeader,
                 "a request with the same key had another operation or body", "use a new key for a new request"};
  }
  if (known->answer) return std::move(known->answer);
  if (!is_being_answered(key, known->folder)) return outcome_unknown();
  return Error{ErrorId::kServiceBusy, "the same request is being answered", kHeader, "", "wait, and send it again"};
}

Result<AnswerOnce> KeptAnswers::once(const KeyedRequest& request, std::int64_t now_seconds,
                                     const std::function<Result<KeptAnswer>()>& work) {
  const AnswerKey key{request.actor, secret_hash(request.key)};
  APPORTION_ASSIGN(auto known, begin(key, hash_of(request), now_seconds));
  if (known) return AnswerOnce{*std::move(known), true, {}};
  const Turn turn(*this, key);
  auto answer = work();
  const std::lock_guard lock(mutex_);
  if (!answer) {
    static_cast<void>(book_.forget(key));  // if not: the same key is refused, and nothing is done twice
    return std::move(answer).error();
  }
  const Result<void> kept = book_.keep(key, *answer);
  return AnswerOnce{*std::move(answer), false, kept ? std::nullopt : std::optional(kept.error())};
}

}  // namespace apportion
