/// The passwords that are tried first, as far as the other rules let them pass. Internal to `people`.
#pragma once

#include <array>
#include <string_view>

namespace apportion {

/// Case-folded, without digits and signs at their ends.
inline constexpr auto kCommonPasswords = std::to_array<std::string_view>({
    "abcdefghijkl",
    "abcdefghijklmnopqrstuvwxyz",
    "administrator",
    "asdfasdfasdf",
    "asdfghjkl",
    "asdfghjklqwertyuiop",
    "azure",
    "baseball",
    "basketball",
    "changeit",
    "changeme",
    "changemenow",
    "computer",
    "correct horse battery staple",
    "correcthorsebatterystaple",
    "football",
    "iloveyou",
    "ich liebe dich",
    "letmein",
    "letmeinnow",
    "liverpool",
    "manchester",
    "microsoft",
    "mypassword",
    "p@ssw0rd",
    "pa$$word",
    "passphrase",
    "passw0rd",
    "passwd",
    "password",
    "passwordpassword",
    "passwort",
    "princess",
    "qazwsxedc",
    "qazwsxedcrfv",
    "qwerty",
    "qwertyqwerty",
    "qwertyuiop",
    "qwertyuiopasdfghjkl",
    "qwertz",
    "qwertzuiop",
    "secretsecret",
    "starwars",
    "summer",
    "sunshine",
    "superman",
    "sommer",
    "trustnoone",
    "welcome",
    "willkommen",
    "winter",
    "zaq1zaq1zaq1",
    "zaqxswcdevfr",
    "zxcvbnm",
});

}  // namespace apportion
