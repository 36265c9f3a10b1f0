#include <ctime>
#include <utility>

#include <fmt/format.h>

#include "azure/azure_error.h"
#include "azure/child_process_internal.h"
#include "azure/credential_parts_internal.h"
#include "azure/json_text.h"
#include "azure/token_answer_internal.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr auto kTimeMax = std::chrono::minutes(2);

// `2026-11-25 13:00:00.000000`: older versions of the Azure CLI say the end in the time zone of this machine only.
std::optional<std::int64_t> seconds_of_local_time(const std::string& text) {
  std::tm parts{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%d %H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  parts.tm_isdst = -1;
  const std::time_t seconds = std::mktime(&parts);
  return seconds < 0 ? std::nullopt : std::optional<std::int64_t>(seconds);
}

class AzureCli : public Credential {
 public:
  AzureCli(CredentialSettings settings, CredentialWorld world)
      : settings_(std::move(settings)), world_(std::move(world)) {}

  Result<AccessToken> get(const TokenRequest& request, const Cancel& cancel) override {
    const auto program = program_in_path("az", world_.variable("PATH").value_or(""));
    if (!program) {
      return Error{ErrorId::kSignInSettingsInvalid, "could not sign in", description(), "there is no `az` in PATH",
                   "install the Azure CLI, or give the connection another credential"};
    }
    std::vector<std::string> words{"account", "get-access-token", "--output", "json", "--scope", request.scope};
    const std::string tenant = request.tenant.empty() ? settings_.tenant : request.tenant;
    if (!tenant.empty()) {
      APPORTION_TRY(check_tenant(tenant));
      words.insert(words.end(), {"--tenant", tenant});
    }
    APPORTION_ASSIGN(const ChildOutput output, run_child(*program, words, kTimeMax, cancel));
    return output.exit_code == 0 ? read_output(output.out) : refused(output);
  }

  std::string description() const override { return "the sign-in of the Azure CLI"; }

 private:
  Result<AccessToken> read_output(const std::string& text) const {
    const auto answer = parse_json(text);
    if (!answer) {
      return Error{ErrorId::kSignInAnswerInvalid, "could not sign in", description(), "the answer of `az` is not JSON",
                   "run `az account get-access-token --output json` by hand and read what it prints"};
    }
    const auto& epoch = member(*answer, "expires_on");
    std::optional<std::int64_t> end;
    if (epoch.is_number_integer()) end = epoch.get<std::int64_t>();
    if (!end) end = seconds_of_local_time(text_member(*answer, "expiresOn"));
    if (!end) {
      return Error{ErrorId::kSignInAnswerInvalid, "could not sign in", description(),
                   "`az` does not say when the token expires", "update the Azure CLI"};
    }
    return token_for(text_member(*answer, "accessToken"), *end - world_.epoch_seconds(), description());
  }

  Error refused(const ChildOutput& output) const {
    AzureFailure failure;
    failure.status = 401;
    failure.message = shown_message(output.err.empty() ? output.out : output.err);
    const auto mark = failure.message.find("AADSTS");
    if (mark != std::string::npos) {
      const auto end = failure.message.find_first_not_of("0123456789", mark + 6);
      failure.code = failure.message.substr(mark, end == std::string::npos ? end : end - mark);
      return azure_error(failure, "sign in", description());
    }
    return {ErrorId::kSignInRefused, "could not sign in", description(),
            fmt::format("`az` ended with code {}: {}", output.exit_code, failure.message),
            "sign in with `az login`, then try again"};
  }

  CredentialSettings settings_;
  CredentialWorld world_;
};

}  // namespace

MadeCredential make_azure_cli(const CredentialSettings& settings, CredentialWorld world) {
  if (!settings.tenant.empty()) APPORTION_TRY(check_tenant(settings.tenant));
  return {std::make_shared<AzureCli>(settings, std::move(world))};
}

}  // namespace apportion
