#include "application/mail_sender.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>
#include <sodium.h>

#include "azure/http.h"
#include "foundation/base/check.h"
#include "foundation/base/next_step.h"
#include "foundation/base/shown_text.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr long kSeconds = 30;
constexpr std::size_t kBase64Line = 76;

Error mail_error(std::string why, const std::string& server) {
  return {ErrorId::kMailNotSent, "the mail was not sent", server, std::move(why),
          "check the channel's settings: " + step(Step::kListAlertChannels)};
}

// In lines, as mail wants it.
std::string base64_lines(std::string_view text) {
  APPORTION_CHECK(sodium_init() >= 0, "libsodium does not start");
  std::string encoded(sodium_base64_ENCODED_LEN(text.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(encoded.data(), encoded.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  encoded.resize(std::strlen(encoded.c_str()));
  std::string lines;
  lines.reserve(encoded.size() + 2 * (encoded.size() / kBase64Line + 1));
  for (std::size_t at = 0; at < encoded.size(); at += kBase64Line) lines += encoded.substr(at, kBase64Line) + "\r\n";
  return lines;
}

// As RFC 5322 writes it, whatever the locale: `Sun, 22 Nov 2026 11:00:00 +0000`.
std::string mail_date(UtcTime time) {
  static constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", kDays[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

bool is_address(std::string_view address) {
  const auto at = address.find('@');
  const bool plain = std::all_of(address.begin(), address.end(), [](char letter) {
    return letter > ' ' && letter < '\x7f' && std::string_view("<>,;:\"\\").find(letter) == std::string_view::npos;
  });
  return plain && at != std::string_view::npos && at > 0 && at + 1 < address.size();
}

bool is_mail_server(std::string_view server) {
  const auto scheme_end = server.find("://");
  const bool known = server.starts_with("smtp://") || server.starts_with("smtps://");
  if (!known) return false;
  return !origin_of(fmt::format("https{}", server.substr(scheme_end))).empty() &&
         server.find_first_of("/?#", scheme_end + 3) == std::string_view::npos;
}

struct Upload {
  std::string text;
  std::size_t sent = 0;
};

std::size_t hand_over(char* buffer, std::size_t size, std::size_t count, void* user) {
  auto& upload = *static_cast<Upload*>(user);
  const std::size_t bytes = std::min(size * count, upload.text.size() - upload.sent);
  std::copy_n(upload.text.begin() + static_cast<std::ptrdiff_t>(upload.sent), bytes, buffer);
  upload.sent += bytes;
  return bytes;
}

// The headers of a message up to those that say what its body is.
std::string head_text(const MailSettings& settings, std::string_view subject, UtcTime now) {
  return fmt::format(
      "Date: {}\r\nFrom: {}\r\nTo: {}\r\nSubject: {}\r\nMessage-ID: <{}@apportion>\r\nMIME-Version: 1.0\r\n",
      mail_date(now), settings.from, fmt::join(settings.to, ", "), mail_header_text(subject), random_guid());
}

std::string plain_part(const std::string& body) {
  return fmt::format("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}",
                     base64_lines(body + "\n"));
}

Result<void> deliver(const MailSettings& settings, std::string text) {
  APPORTION_TRY(check_mail_settings(settings));
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(::curl_easy_init(), ::curl_easy_cleanup);
  APPORTION_CHECK(curl != nullptr, "libcurl gives no handle");
  curl_slist* list = nullptr;
  for (const std::string& address : settings.to) list = ::curl_slist_append(list, address.c_str());
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> recipients(list, ::curl_slist_free_all);
  Upload upload{std::move(text)};
  CURL* const handle = curl.get();
  ::curl_easy_setopt(handle, CURLOPT_URL, settings.server.c_str());
  ::curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  const long encryption = must_be_encrypted(settings.server) ? CURLUSESSL_ALL : CURLUSESSL_TRY;
  ::curl_easy_setopt(handle, CURLOPT_USE_SSL, encryption);
  ::curl_easy_setopt(handle, CURLOPT_MAIL_FROM, settings.from.c_str());
  ::curl_easy_setopt(handle, CURLOPT_MAIL_RCPT, recipients.get());
  if (!settings.user.empty()) {
    ::curl_easy_setopt(handle, CURLOPT_USERNAME, settings.user.c_str());
    ::curl_easy_setopt(handle, CURLOPT_PASSWORD, settings.password.c_str());
  }
  ::curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
  ::curl_easy_setopt(handle, CURLOPT_READFUNCTION, hand_over);
  ::curl_easy_setopt(handle, CURLOPT_READDATA, &upload);
  ::curl_easy_setopt(handle, CURLOPT_TIMEOUT, kSeconds);
  ::curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  const CURLcode code = ::curl_easy_perform(handle);
  if (code == CURLE_OK) return ok();
  return mail_error(::curl_easy_strerror(code), settings.server);
}

class MailSender final : public AlertSender {
 public:
  MailSender(MailSettings settings, std::function<UtcTime()> now)
      : settings_(std::move(settings)), now_(std::move(now)) {}

  Result<void> send(const AlertMessage& message) override {
    auto sent = deliver(settings_, mail_text(settings_, message, now_()));
    if (sent || sent.error().id != ErrorId::kMailNotSent) return sent;
    Error failure = sent.error();
    failure.next += "; the alert is sent again in the next round";
    return failure;
  }

 private:
  MailSettings settings_;
  std::function<UtcTime()> now_;
};

}  // namespace

std::string mail_header_text(std::string_view text) {
  constexpr std::size_t kBytesOfWord = 45;  // 60 letters of base64: an encoded word has 75 at most
  std::string line(text);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
  }
  const bool is_ascii = std::ranges::all_of(line, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (is_ascii && line.find("=?") == std::string::npos) return line;
  std::string words;
  for (std::size_t at = 0; at < line.size();) {
    std::size_t end = std::min(line.size(), at + kBytesOfWord);
    constexpr unsigned char kLeadMask = 0xC0;
    constexpr unsigned char kFollows = 0x80;  // a byte inside of a character
    while (end > at + 1 && end < line.size() && (static_cast<unsigned char>(line[end]) & kLeadMask) == kFollows) --end;
    std::string encoded = base64_lines(std::string_view(line).substr(at, end - at));
    std::erase_if(encoded, [](char c) { return c == '\r' || c == '\n'; });
    words += fmt::format("{}=?utf-8?B?{}?=", words.empty() ? "" : "\r\n ", encoded);
    at = end;
  }
  return words;
}

Result<void> check_mail_address(std::string_view address) {
  if (is_address(address)) return ok();
  return Error{ErrorId::kMailAddressInvalid, "this is not a mail address", excerpt(address), "expected NAME@HOST",
               "write the address alone, without a name beside it"};
}

bool must_be_encrypted(const std::string& server) {
  const auto scheme_end = server.find("://");
  return scheme_end == std::string::npos || !is_loopback("http" + server.substr(scheme_end));
}

Result<void> check_mail_settings(const MailSettings& settings) {
  if (!is_mail_server(settings.server)) {
    return Error{ErrorId::kMailServerInvalid, "this is not the URL of a mail server", excerpt(settings.server),
                 "expected smtps://HOST:465 or smtp://HOST:587, without a user",
                 "give the server in one of these forms, and the user and the password separately"};
  }
  std::vector<std::string> addresses = settings.to;
  addresses.push_back(settings.from);
  for (const std::string& address : addresses) APPORTION_TRY(check_mail_address(address));
  if (!settings.to.empty()) return ok();
  return Error{ErrorId::kMailRecipientMissing, "the mail has no recipient", settings.server,
               "no address to send it to is given", "give at least one recipient"};
}

std::string mail_text(const MailSettings& settings, const AlertMessage& message, UtcTime now) {
  const StoredAlert& alert = message.alert;
  const std::string subject = fmt::format("[apportion] {}{}{}", message.opened ? "" : "over: ", alert.kind,
                                          alert.connection.empty() ? "" : " " + alert.connection);
  std::string body = fmt::format("{}\n\nsince {}", without_secrets(alert.text), alert.opened_at);
  if (alert.closed_at) body += fmt::format(", over at {}", *alert.closed_at);
  return head_text(settings, subject, now) + plain_part(body);
}

std::string mail_text(const MailSettings& settings, const Mail& mail, UtcTime now) {
  const std::string head = head_text(settings, mail.subject, now);
  if (!mail.attachment) return head + plain_part(mail.body);
  const std::string boundary = "apportion-" + random_guid();
  const std::string line = "--" + boundary;
  return fmt::format(
      "{}Content-Type: multipart/mixed; boundary=\"{}\"\r\n\r\n{}\r\n{}{}\r\nContent-Type: {}\r\n"
      "Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=\"{}\"\r\n\r\n{}{}{}\r\n",
      head, boundary, line, plain_part(mail.body), line, mail.attachment->content_type, mail.attachment->name,
      base64_lines(mail.attachment->content), line, "--");
}

Result<void> send_mail(MailSettings settings, const Mail& mail, UtcTime now) {
  settings.to = mail.to;
  std::string text = mail_text(settings, mail, now);
  return deliver(settings, std::move(text));
}

std::unique_ptr<AlertSender> make_mail_sender(MailSettings settings, std::function<UtcTime()> now) {
  return std::make_unique<MailSender>(std::move(settings), std::move(now));
}

}  // namespace apportion
