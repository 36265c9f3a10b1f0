/// What signing in and managing people share: the second factor, and how users are named in errors. Internal to
/// `application`.
#pragma once

#include <string>
#include <string_view>

#include "application/identities.h"
#include "foundation/base/result.h"
#include "store/people_book.h"

namespace apportion {

/// Creates the key of the home if there is none.
Result<OneTimeSecret> sealed_one_time_secret(const Home& home, const SecretBox::Variable& variable, UserId user,
                                             std::string_view secret);
/// Errors: there are none for this user (kOneTimeCodeWrong); those of the key.
Result<std::string> opened_one_time_secret(const Home& home, const SecretBox::Variable& variable,
                                           const PeopleBook& book, UserId user);

/// Uses up a one-time code or a recovery code of a user who has them. Errors: kOneTimeCodeWrong.
Result<void> use_one_time_code(const Home& home, const SecretBox::Variable& variable, PeopleBook& book,
                               const User& user, std::string_view code, const Doer& doer);

/// As failures of a name are counted, whether there is such a user or not.
std::string who_hash_of_name(std::string_view name);

Error one_time_code_missing();
Error one_time_code_wrong();

}  // namespace apportion
