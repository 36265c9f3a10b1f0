#include "serve/cli/connection_questions.h"

#include <istream>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "foundation/base/text.h"

namespace apportion {
namespace {

// Asks one question on the terminal; an empty answer means the default.
Result<std::string> ask(Session& session, const std::string& question, const std::string& otherwise = "") {
  session.console().say(otherwise.empty() ? question : fmt::format("{} [{}]", question, otherwise));
  std::string answer;
  if (!std::getline(*session.world().input, answer)) {
    return Error{ErrorId::kAnswerMissing, "there was no answer", question, "the input ended",
                 "give the options instead: apportion connection add --help"};
  }
  const std::string_view text = trim(answer);
  return text.empty() ? otherwise : std::string(text);
}

Result<void> ask_for_sign_in(Session& session, AccessOptions& access) {
  APPORTION_ASSIGN(access.auth, ask(session,
                                    "How to sign in: client-secret, certificate, managed-identity, azure-cli, "
                                    "or none (folders, SAS)?",
                                    "client-secret"));
  if (*access.auth == "none") return ok();
  if (*access.auth != "managed-identity") {
    APPORTION_ASSIGN(access.tenant, ask(session, "Directory (tenant) id of the app registration?"));
  }
  if (*access.auth == "client-secret" || *access.auth == "certificate") {
    APPORTION_ASSIGN(access.client_id, ask(session, "Application (client) id?"));
  }
  if (*access.auth == "client-secret") {
    APPORTION_ASSIGN(access.client_secret_file, ask(session, "File with the client secret?"));
  }
  if (*access.auth == "certificate") {
    APPORTION_ASSIGN(access.certificate, ask(session, "File with certificate and key?"));
  }
  APPORTION_ASSIGN(std::string account, ask(session, "Billing account id? (empty: find out)"));
  if (!account.empty()) access.billing_account = std::move(account);
  return ok();
}

}  // namespace

Result<void> ask_for_connection(Session& session, std::string& name, std::map<Dataset, std::string>& locations,
                                AccessOptions& access) {
  if (session.world().input == nullptr || !session.world().input_is_terminal) {
    return Error{ErrorId::kConnectionNameMissing, "the connection needs a name", "",
                 "--name is missing, and there is no terminal to ask on",
                 "`apportion connection add --help` shows the options"};
  }
  APPORTION_ASSIGN(name, ask(session, "Name of the connection?", "azure"));
  APPORTION_TRY(ask_for_sign_in(session, access));
  for (const Dataset dataset : {Dataset::kActualCost, Dataset::kAmortizedCost}) {
    APPORTION_ASSIGN(std::string location,
                     ask(session, fmt::format("Folder or URL that the {} export writes to? (empty: not known yet)",
                                              dataset_name(dataset))));
    if (!location.empty()) locations[dataset] = std::move(location);
  }
  return ok();
}

}  // namespace apportion
