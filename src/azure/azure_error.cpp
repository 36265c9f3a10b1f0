#include "azure/azure_error.h"

#include <algorithm>
#include <cctype>
#include <optional>
#include <span>

#include <fmt/format.h>
#include <pugixml.hpp>

#include "azure/azure_error_table_internal.h"
#include "azure/json_text.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kMessageBytesMax = 600;
constexpr std::size_t kErrorBodyBytesMax = std::size_t{1} << 20;

bool is_token_character(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' || c == '~' || c == '+' ||
         c == '/' || c == '=' || c == '%';
}

// Replaces what follows `mark` (as long as it looks like a token) with a word. `mark_stays`: `sig=` does, the `eyJ`
// that every JSON web token begins with does not.
std::string without_secret(std::string_view text, std::string_view mark, bool mark_stays) {
  const std::string lowered = ascii_lower(text);
  const std::string low_mark = ascii_lower(mark);
  std::string cleaned;
  std::size_t at = 0;
  while (true) {
    const auto found = lowered.find(low_mark, at);
    if (found == std::string::npos) break;
    cleaned += text.substr(at, found - at);
    if (mark_stays) cleaned += text.substr(found, mark.size());
    at = found + mark.size();
    while (at < text.size() && is_token_character(text[at])) ++at;
    cleaned += "REDACTED";
  }
  cleaned += text.substr(at);
  return cleaned;
}

// What XML and JSON carry: the parts of a failure that lie in its body.
struct BodyParts {
  std::string code;
  std::string message;
  std::string request_id;
};

BodyParts parts_of_storage_xml(std::string_view text) {
  BodyParts parts;
  pugi::xml_document document;
  // No document type is read, so there are no entities of the sender's own to expand.
  if (!document.load_buffer(text.data(), text.size(), pugi::parse_minimal | pugi::parse_escapes)) return parts;
  const pugi::xml_node error = document.child("Error");
  parts.code = error.child_value("Code");
  parts.message = error.child_value("Message");
  const std::string detail = error.child_value("AuthenticationErrorDetail");
  if (!detail.empty()) parts.message = fmt::format("{} ({})", trim(parts.message), trim(detail));
  return parts;
}

std::string digits_after(std::string_view text, std::string_view mark) {
  const auto found = text.find(mark);
  if (found == std::string_view::npos) return {};
  auto end = found + mark.size();
  while (end < text.size() && text[end] >= '0' && text[end] <= '9') ++end;
  return std::string(text.substr(found + mark.size(), end - found - mark.size()));
}

BodyParts parts_of_entra(const Json& body) {
  BodyParts parts{text_member(body, "error"), text_member(body, "error_description"), text_member(body, "trace_id")};
  std::string number = digits_after(parts.message, "AADSTS");
  const Json& numbers = member(body, "error_codes");
  if (number.empty() && numbers.is_array() && !numbers.empty() && numbers.front().is_number_unsigned()) {
    number = std::to_string(numbers.front().get<std::uint64_t>());
  }
  if (!number.empty()) parts.code = "AADSTS" + number;
  return parts;
}

// `message` is a text, or in old OData answers an object with a `value`.
std::string message_of(const Json& error) {
  std::string message = text_member(error, "message");
  if (message.empty()) message = text_member(member(error, "message"), "value");
  if (message.empty()) message = text_member(error, "Message");
  return message;
}

BodyParts parts_of_arm(const Json& body) {
  const Json& wrapped = member(body, "error").is_object() ? member(body, "error") : member(body, "odata.error");
  const Json& error = wrapped.is_object() ? wrapped : body;
  BodyParts parts{text_member(error, "code"), message_of(error), ""};
  const Json& details = member(error, "details");
  if (details.is_array() && !details.empty()) {
    const std::string detail = message_of(details.front());
    if (!detail.empty() && parts.message.find(detail) == std::string::npos) {
      parts.message = parts.message.empty() ? detail : fmt::format("{} ({})", parts.message, detail);
    }
  }
  return parts;
}

BodyParts parts_of_body(const HttpResponse& response) {
  const std::string_view text = trim(response.body);
  if (text.empty() || text.size() > kErrorBodyBytesMax) return {};
  if (text.find("<Error>") != std::string_view::npos) return parts_of_storage_xml(text);
  const auto body = parse_json(text);
  if (!body) return {};
  return member(*body, "error").is_string() ? parts_of_entra(*body) : parts_of_arm(*body);
}

// `Bearer authorization_uri="https://login.example.com/TENANT/…", …`
std::string asked_tenant(std::string_view challenge) {
  constexpr std::string_view kMark = "authorization_uri=";
  auto at = challenge.find(kMark);
  if (at == std::string_view::npos) return {};
  std::string_view rest = challenge.substr(at + kMark.size());
  at = rest.find("://");
  if (at == std::string_view::npos) return {};
  rest = rest.substr(at + 3);
  at = rest.find('/');
  if (at == std::string_view::npos) return {};
  rest = rest.substr(at + 1);
  constexpr std::size_t kGuidLength = 36;
  const std::string_view tenant = rest.substr(0, rest.find_first_of("/\", "));
  const bool is_guid = tenant.size() == kGuidLength && std::all_of(tenant.begin(), tenant.end(), [](char c) {
                         return std::isxdigit(static_cast<unsigned char>(c)) != 0 || c == '-';
                       });
  return is_guid ? std::string(tenant) : std::string();
}

std::string first_of(std::string_view one, std::string_view other) { return std::string(one.empty() ? other : one); }

const AzureErrorRow* row_of(const AzureFailure& failure) {
  for (const AzureErrorRow& row : azure_error_rows()) {
    const bool same_code = ascii_equal_ignoring_case(row.code, failure.code);
    if (same_code && failure.message.find(row.text) != std::string::npos) return &row;
  }
  for (const AzureStatusRow& row : azure_status_rows()) {
    if (failure.status >= row.from && failure.status <= row.to) return &row.meaning;
  }
  return nullptr;
}

std::string what_azure_said(const AzureFailure& failure) {
  std::string said = fmt::format("Azure answered {}", failure.status);
  if (!failure.code.empty()) said += " " + failure.code;
  if (!failure.message.empty()) said += fmt::format(": {}", failure.message);
  if (!failure.request_id.empty()) said += fmt::format(" [request {}]", failure.request_id);
  if (!failure.time.empty()) said += fmt::format(" [{}]", failure.time);
  return said;
}

}  // namespace

std::string shown_message(std::string_view text) {
  std::string flat;
  for (const char c : text) {
    const bool blank = c == '\r' || c == '\n' || c == '\t' || c == ' ';
    if (!blank) {
      flat += c;
    } else if (!flat.empty() && flat.back() != ' ') {
      flat += ' ';
    }
  }
  for (const std::string_view mark : {"sig=", "client_secret=", "client_assertion=", "Bearer ", "access_token="}) {
    flat = without_secret(flat, mark, true);
  }
  flat = without_secret(flat, "eyJ", false);
  return excerpt(trim(flat), kMessageBytesMax);
}

AzureFailure read_failure(const HttpResponse& response) {
  const BodyParts body = parts_of_body(response);
  AzureFailure failure;
  failure.status = response.status;
  failure.code = excerpt(first_of(body.code, response.header("x-ms-error-code")));
  failure.message = shown_message(body.message);
  const std::string_view correlation = response.header("x-ms-correlation-request-id");
  failure.request_id = excerpt(first_of(response.header("x-ms-request-id"), first_of(body.request_id, correlation)));
  failure.time = excerpt(response.header("date"));
  if (response.status == 401) failure.tenant = asked_tenant(response.header("www-authenticate"));
  return failure;
}

Error azure_error(const AzureFailure& failure, std::string_view doing, std::string where) {
  const AzureErrorRow* row = row_of(failure);
  Error error{ErrorId::kOperationUnanswered, fmt::format("could not {}", doing), std::move(where),
              what_azure_said(failure), "read Azure's message; Microsoft support can find the call by its request id"};
  if (row == nullptr) return error;
  error.id = row->id;
  error.why = fmt::format("{} ({})", row->means, error.why);
  error.next = advice_text(row->next);
  if (!failure.tenant.empty()) error.next += fmt::format(" (the service asks for tenant {})", failure.tenant);
  return error;
}

}  // namespace apportion
