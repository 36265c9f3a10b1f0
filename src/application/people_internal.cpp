#include "application/people_internal.h"

#include <fmt/format.h>

#include "foundation/base/next_step.h"
#include "foundation/base/text.h"
#include "people/one_time_codes.h"
#include "people/secrets.h"

namespace apportion {
namespace {

// As the key's rotation names it too: see AzureCatalog::all_secrets.
constexpr std::string_view kPurpose = "one-time-codes";

}  // namespace

Result<OneTimeSecret> sealed_one_time_secret(const Home& home, const SecretBox::Variable& variable, UserId user,
                                             std::string_view secret) {
  APPORTION_ASSIGN(const SecretBox box, SecretBox::with_key_of(home.folder(), variable, SecretBox::Use::kSeal));
  const std::string owner = fmt::format("user:{}", user.raw());
  return OneTimeSecret{box.seal(secret, {owner, kPurpose}), owner};
}

Result<std::string> opened_one_time_secret(const Home& home, const SecretBox::Variable& variable,
                                           const PeopleBook& book, UserId user) {
  APPORTION_ASSIGN(const auto stored, book.one_time_secret(user));
  if (!stored) return one_time_code_wrong();
  APPORTION_ASSIGN(const SecretBox box, SecretBox::with_key_of(home.folder(), variable, SecretBox::Use::kOpen));
  return box.open(stored->sealed, {stored->sealed_for, kPurpose});
}

Result<void> use_one_time_code(const Home& home, const SecretBox::Variable& variable, PeopleBook& book,
                               const User& user, std::string_view code, const Doer& doer) {
  if (const auto recovery = typed_recovery_code(code)) {
    APPORTION_ASSIGN(const bool was_there, book.use_recovery_code(user.id, secret_hash(*recovery), doer));
    if (was_there) return ok();
    return one_time_code_wrong();
  }
  APPORTION_ASSIGN(const std::string secret, opened_one_time_secret(home, variable, book, user.id));
  APPORTION_ASSIGN(const auto stored, book.one_time_secret(user.id));
  const auto step = step_of_code(secret, code, book.now(), stored ? stored->last_step : 0);
  if (!step) return one_time_code_wrong();
  APPORTION_ASSIGN(const bool is_first, book.use_one_time_step(user.id, *step));
  if (is_first) return ok();
  return one_time_code_wrong();
}

std::string who_hash_of_name(std::string_view name) { return secret_hash("name " + ascii_lower(trim(name))); }

Error one_time_code_missing() {
  return {ErrorId::kOneTimeCodeWrong, "the one-time code is missing", "", "this user signs in with a second factor",
          "give the six digits that your authenticator app shows now"};
}

Error one_time_code_wrong() {
  return {ErrorId::kOneTimeCodeWrong, "the one-time code is wrong", "",
          "it is not the code of this moment, or it was used before",
          "wait for the next code of your authenticator app, check that its clock is right, or use a recovery code"};
}

}  // namespace apportion
