// Signs in with an identity provider as the service does: oidc_sign_in ISSUER CLIENT SECRET REDIRECT_URL. Writes the
// URL to go to; reads the query that the browser came back with; writes who signed in, or the error, as JSON. One line
// each.
#include <chrono>
#include <iostream>
#include <map>
#include <string>

#include <nlohmann/json.hpp>

#include "azure/curl_transport.h"
#include "foundation/base/percent_decoded.h"
#include "foundation/base/text.h"
#include "people/oidc/oidc_client.h"

namespace apportion {
namespace {

OidcAnswer read_answer(const std::string& query) {
  std::map<std::string, std::string> values;
  for (const std::string_view part : split_text(query, '&')) {
    const std::size_t equals = part.find('=');
    values[std::string(part.substr(0, equals))] = percent_decoded(part.substr(equals + 1));
  }
  return {values["state"], values["code"], values["error"], values["error_description"], values["iss"]};
}

std::int64_t epoch_seconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

int failed(const Error& error) {
  std::cout << nlohmann::json{{"error", error_definition(error.id).name}, {"why", error.why}} << std::endl;
  return 1;
}

int sign_in(const OidcSettings& settings) {
  CurlTransport transport({});
  OidcClient client(settings, transport, {epoch_seconds});
  const auto begun = client.begin({});
  if (!begun) return failed(begun.error());
  std::cout << begun->url << std::endl;
  std::string query;
  std::getline(std::cin, query);
  const auto identity = client.finish(*begun, read_answer(query), {});
  if (!identity) return failed(identity.error());
  std::cout << nlohmann::json{{"issuer", identity->issuer},       {"subject", identity->subject},
                              {"user_name", identity->user_name}, {"name", identity->name},
                              {"email", identity->email},         {"is_email_verified", identity->is_email_verified}}
            << std::endl;
  return 0;
}

}  // namespace
}  // namespace apportion

int main(int count, char** words) {
  if (count != 5) return 2;
  return apportion::sign_in({words[1], words[2], words[3], words[4]});
}
