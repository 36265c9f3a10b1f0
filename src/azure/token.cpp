#include "azure/token.h"

#include <algorithm>

namespace apportion {
namespace {

constexpr auto kRenewBefore = std::chrono::minutes(5);

}  // namespace

TokenSource::TokenSource(std::shared_ptr<Credential> credential, Now now)
    : credential_(std::move(credential)), now_(now) {}

Result<std::string> TokenSource::token(const TokenRequest& request, const Cancel& cancel) {
  std::shared_ptr<Slot> slot;
  {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<Slot>& known = slots_[request];
    if (!known) known = std::make_shared<Slot>();
    slot = known;
  }
  const std::int64_t refusals_before = slot->refusals;
  const std::lock_guard asking(slot->asking);
  // Who waited while another was refused takes that answer: asking again, one after another, would take forever.
  if (slot->refusals != refusals_before && slot->last_refusal) return *slot->last_refusal;
  const auto now = now_();
  if (!slot->token.text.empty() && now < slot->renew_at) return slot->token.text;
  auto fresh = credential_->get(request, cancel);
  if (!fresh) {
    const bool old_is_good = !slot->token.text.empty() && now < slot->token.expires_at;
    if (old_is_good && is_unreachable(fresh.error().kind()) && !cancel.requested()) return slot->token.text;
    slot->last_refusal = std::move(fresh).error();
    ++slot->refusals;
    return *slot->last_refusal;
  }
  slot->token = std::move(fresh).value();
  const auto lifetime = std::max(slot->token.expires_at - now, std::chrono::steady_clock::duration::zero());
  // A token that lives for minutes only is used for half of them.
  slot->renew_at = slot->token.expires_at - std::min<std::chrono::steady_clock::duration>(kRenewBefore, lifetime / 2);
  return slot->token.text;
}

void TokenSource::forget(const TokenRequest& request) {
  const std::lock_guard lock(mutex_);
  slots_.erase(request);
}

}  // namespace apportion
