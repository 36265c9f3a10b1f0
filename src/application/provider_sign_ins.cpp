#include "application/provider_sign_ins.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "application/identity_provider.h"
#include "foundation/base/content_hash.h"
#include "foundation/base/text.h"
#include "people/secrets.h"

namespace apportion {
namespace {

constexpr std::size_t kPathBytesMax = 1000;

Error not_begun_here() {
  return {ErrorId::kSignInWithProviderFailed, "the sign-in was not begun in this browser", "",
          "it has ended already, more than ten minutes have passed, or another browser or address began it",
          "sign in again, in one browser and within ten minutes"};
}

Error set_up_anew() {
  return {ErrorId::kSignInWithProviderFailed, "the sign-in was begun with another provider", "",
          "an owner changed the settings of the identity provider meanwhile", "sign in again"};
}

std::string made_of(const IdentityProvider& provider) {
  return ContentHash()
      .add(provider.issuer)
      .add(provider.client_id)
      .add(provider.service_url)
      .add(provider.sealed_secret)
      .hex();
}

// One of few that may run at once.
class Turn {
 public:
  explicit Turn(std::atomic<int>& count) : count_(&count), is_taken_(++count <= ProviderSignIns::kCallsMax) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn() { --*count_; }
  bool is_taken() const { return is_taken_; }

 private:
  std::atomic<int>* count_;
  bool is_taken_;
};

}  // namespace

bool is_path_of_this_service(std::string_view path) {
  const bool is_plain = std::ranges::all_of(path, [](char c) { return c > ' ' && c < '\x7f' && c != '\\'; });
  return is_plain && path.size() <= kPathBytesMax && path.starts_with('/') && !path.starts_with("//");
}

ProviderSignIns::ProviderSignIns(World world, Identities& identities, HttpTransport& transport)
    : world_(std::move(world)), identities_(&identities), transport_(&transport) {}

template <class T>
Result<T> ProviderSignIns::in_time(const Current& its, const Cancel& cancel,
                                   const std::function<Result<T>(const Cancel&)>& call) {
  const Turn turn(calls_);
  if (!turn.is_taken()) return provider_calls_busy();
  return answered_in_time(its.provider.issuer, cancel, world_.call_time_max, call);
}

Result<ProviderSignIns::Current> ProviderSignIns::current() {
  APPORTION_ASSIGN(auto provider, identities_->identity_provider());
  if (!provider) return no_identity_provider();
  const std::string wanted = made_of(*provider);
  const std::lock_guard lock(mutex_);
  if (client_ == nullptr || client_made_of_ != wanted) {
    APPORTION_ASSIGN(OidcSettings settings, oidc_settings_of(*provider, world_.home, world_.variable));
    client_ = std::make_shared<OidcClient>(std::move(settings), *transport_,
                                           OidcWorld{.epoch_seconds = world_.epoch_seconds});
    client_made_of_ = wanted;
  }
  return Current{*std::move(provider), client_};
}

Result<BegunProviderSignIn> ProviderSignIns::begin(const std::string& return_to, const SignInVisitor& visitor,
                                                   const Cancel& cancel) {
  if (!return_to.empty() && !is_path_of_this_service(return_to)) {
    return Error{ErrorId::kFieldInvalid, "the value of a field is not valid", "query `return_to`",
                 "it is not a path of this service", "leave it out, or give a path that begins with one slash"};
  }
  APPORTION_ASSIGN(const Current its, current());
  APPORTION_ASSIGN(OidcSignIn sign_in,
                   in_time<OidcSignIn>(its, cancel, [&](const Cancel& late) { return its.client->begin(late); }));
  BegunProviderSignIn begun{sign_in.url, make_secret(SecretKind::kLink)};
  keep({std::move(sign_in), secret_hash(begun.browser_secret), return_to, visitor.network,
        world_.epoch_seconds() + kSecondsMax, 0, its.client});
  return begun;
}

void ProviderSignIns::keep(Begun begun) {
  const std::lock_guard lock(mutex_);
  const std::int64_t now = world_.epoch_seconds();
  std::erase_if(begun_, [&](const auto& entry) { return entry.second.ends_at <= now; });
  const auto by_one =
      std::ranges::count_if(begun_, [&](const auto& entry) { return entry.second.network == begun.network; });
  if (static_cast<std::size_t>(by_one) >= kBegunByOneMax || begun_.size() >= kBegunMax) forget_one();
  begun.number = ++last_number_;
  std::string state_hash = secret_hash(begun.sign_in.state);
  begun_.insert_or_assign(std::move(state_hash), std::move(begun));
}

// Whoever begins many pushes out their own.
void ProviderSignIns::forget_one() {
  std::map<std::string_view, std::size_t> counts;
  for (const auto& [state, begun] : begun_) ++counts[begun.network];
  const auto goes_before = [&](const auto& left, const auto& right) {
    const auto of_left = counts[left.second.network];
    const auto of_right = counts[right.second.network];
    return of_left != of_right ? of_left > of_right : left.second.number < right.second.number;
  };
  begun_.erase(std::ranges::min_element(begun_, goes_before));
}

Result<ProviderSignIns::Begun> ProviderSignIns::take(const std::string& state, std::string_view browser_secret) {
  const std::lock_guard lock(mutex_);
  const auto found = begun_.find(secret_hash(state));
  if (found == begun_.end() || found->second.browser_hash != secret_hash(browser_secret)) return not_begun_here();
  Begun taken = std::move(found->second);
  begun_.erase(found);
  if (taken.ends_at <= world_.epoch_seconds()) return not_begun_here();
  return taken;
}

Result<FinishedProviderSignIn> ProviderSignIns::finish(const OidcAnswer& answer, std::string_view browser_secret,
                                                       const SignInVisitor& visitor, const Cancel& cancel) {
  APPORTION_ASSIGN(const Begun begun, take(answer.state, browser_secret));
  APPORTION_ASSIGN(const Current its, current());
  if (its.client != begun.client) return set_up_anew();
  APPORTION_ASSIGN(const OidcIdentity who, in_time<OidcIdentity>(its, cancel, [&](const Cancel& late) {
                     return its.client->finish(begun.sign_in, answer, late);
                   }));
  APPORTION_ASSIGN(StartedSession session,
                   identities_->sign_in_by_provider({.issuer = who.issuer,
                                                     .subject = who.subject,
                                                     .tenant = who.tenant_id,
                                                     .name = who.user_name,
                                                     .display_name = who.name,
                                                     .names_are_trusted = trusts_names_of(its.provider, who),
                                                     .address = visitor.address,
                                                     .user_agent = visitor.user_agent}));
  return FinishedProviderSignIn{std::move(session), begun.return_to};
}

std::size_t ProviderSignIns::begun() const {
  const std::lock_guard lock(mutex_);
  return begun_.size();
}

}  // namespace apportion
