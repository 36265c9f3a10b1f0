/// Text that is fit to be shown: what a person typed, a server answered or a file holds may carry secrets, and
/// characters that would steer a terminal. Everything that talks to people (the console, mails, webhooks) passes here.
#pragma once

#include <string>
#include <string_view>

namespace apportion {

/// `text` with `REDACTED` in place of secrets: values of parameters named `sig`, `code`, `token`, `password`, … (as in
/// a URL, a connection string or JSON, percent-encoded or not), `user:password@` of a URL, bearer tokens, and the paths
/// of webhooks that are secrets as a whole (Slack, Teams, Discord). Text without a secret comes back byte for byte.
std::string without_secrets(std::string_view text);

/// Whether a character (the bytes of one UTF-8 character) would steer a terminal: C0 but the line feed, DEL, C1, and
/// the characters that change the direction of text (U+061C, U+200E, U+200F, U+202A–202E, U+2066–2069). A byte that is
/// no UTF-8 counts when it stands for a C1 control in Latin-1.
bool steers_terminal(std::string_view character);

/// `text` with a visible escape (`\x1b`, `\u202e`) in place of each character that would steer a terminal. Line feeds
/// stay.
std::string terminal_text(std::string_view text);

/// A JSON document with `\u` escapes in place of the same characters: the document means the same.
std::string terminal_json(std::string_view json);

/// What a person reads: without secrets, fit for a terminal.
std::string shown_text(std::string_view text);

}  // namespace apportion
