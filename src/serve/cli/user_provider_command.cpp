#include <optional>
#include <string>

#include <fmt/format.h>

#include "application/identity_provider.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/people_access.h"
#include "serve/cli/secret_file.h"
#include "serve/format/people_document.h"

namespace apportion {
namespace {

struct ProviderOptions {
  IdentityProviderRequest request;
  std::optional<std::string> secret_file;
  bool no_secret = false;
  bool no_check = false;
};

Result<IdentityProviderManager> open_provider(Session& session) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  return IdentityProviderManager::open(workspace.home, people_world(session),
                                       Identity::of_operator(session.caller().actor));
}

std::string trust_text(const IdentityProviderView& provider) {
  if (!provider.trusts_names) return "no";
  return provider.own_tenant.empty() ? "yes" : "of the tenant " + provider.own_tenant;
}

std::string secret_text(const IdentityProviderView& provider) {
  if (!provider.has_secret) return "none";
  return provider.secret_expires_on ? "kept, ends on " + provider.secret_expires_on->to_string() : std::string("kept");
}

Result<ExitCode> show(Session& session, const IdentityProviderView& provider) {
  if (session.json()) {
    session.console().print_json({{"identity_provider", identity_provider_json(provider)}});
    return kExitDone;
  }
  Table table;
  table.columns = {{"Setting"}, {"Value"}};
  table.rows = {{std::string("issuer"), provider.issuer},
                {std::string("client id"), provider.client_id},
                {std::string("client secret"), secret_text(provider)},
                {std::string("address of the service"), provider.service_url},
                {std::string("redirect URL"), provider.redirect_url},
                {std::string("button"), provider.label},
                {std::string("names are trusted"), trust_text(provider)},
                {std::string("changed"), provider.changed_at}};
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

Result<ExitCode> run_show(Session& session, const ProviderOptions& /*options*/) {
  APPORTION_ASSIGN(const IdentityProviderManager manager, open_provider(session));
  APPORTION_ASSIGN(const IdentityProviderView provider, manager.view());
  return show(session, provider);
}

Result<ExitCode> run_set(Session& session, const ProviderOptions& options) {
  IdentityProviderRequest request = options.request;
  if (options.no_secret) request.secret = "";
  if (options.secret_file) {
    APPORTION_ASSIGN(request.secret, read_secret(session, *options.secret_file, "the client secret"));
  }
  APPORTION_ASSIGN(IdentityProviderManager manager, open_provider(session));
  if (!options.no_check) {
    const auto transport = provider_transport(session.world().variable);
    APPORTION_TRY(manager.check(request, *transport, session.cancel()));
  }
  APPORTION_ASSIGN(const IdentityProviderView provider, manager.set(request));
  session.console().say(fmt::format("people sign in with {} from now on; register this redirect URL there: {}",
                                    provider.issuer, provider.redirect_url));
  return show(session, provider);
}

Result<ExitCode> run_remove(Session& session, const ProviderOptions& /*options*/) {
  APPORTION_ASSIGN(IdentityProviderManager manager, open_provider(session));
  APPORTION_ASSIGN(const IdentityProviderView provider, manager.view());
  APPORTION_TRY(manager.remove());
  session.console().say(fmt::format("nobody can sign in with {} any more", provider.issuer));
  if (session.json()) session.console().print_json({{"removed", identity_provider_json(provider)}});
  return kExitDone;
}

void add_secret_options(Command set, ProviderOptions& options) {
  const CommandOption file = set.add_option("--secret-file", options.secret_file,
                                            "File with the client secret; `-` reads standard input (default: as it is)")
                                 .type_name("FILE");
  set.add_flag("--no-secret", options.no_secret, "The provider wants none: a public client").excludes(file);
  set.add_option(
         "--secret-expires",
         [&options](const std::string& day) { options.request.secret_expires_on = Day::parse(day); },
         "Day on which the client secret expires, for a warning weeks ahead")
      .check([](const std::string& text) {
        return Day::parse(text) ? std::string()
                                : "`" + text + "` is not a valid day; use YYYY-MM-DD, for example 2027-01-31";
      })
      .type_name("YYYY-MM-DD");
}

void add_set_command(Command group, Action& action, const std::shared_ptr<ProviderOptions>& options) {
  Command set =
      add_command(group, "set", "Let people sign in with Entra ID or another provider of OpenID Connect",
                  "  apportion user provider set --issuer https://login.microsoftonline.com/TENANT/v2.0 --client-id ID"
                  " --secret-file secret.txt --url https://bill.example.com --trust-names");
  set.add_option("--issuer", options->request.issuer, "The provider, as it calls itself").required().type_name("URL");
  set.add_option("--client-id", options->request.client_id, "Id of this service there").required().type_name("ID");
  set.add_option("--url", options->request.service_url,
                 "Where people reach this service (default: the address of the brand)")
      .type_name("URL");
  add_secret_options(set, *options);
  set.add_flag("--trust-names", options->request.trusts_names,
               "You alone decide who has which name there: whoever has a user's name is that user");
  set.add_option("--own-tenant", options->request.own_tenant,
                 "Whose names are trusted, of an issuer with many tenants of Entra")
      .type_name("TENANT-ID");
  set.add_option("--label", options->request.label, "What the button says (default: Sign in)").type_name("TEXT");
  set.add_flag("--no-check", options->no_check, "Do not ask the provider for its description first");
  on_chosen(set, action, options, run_set);
}

}  // namespace

void add_user_provider_command(Command parent, Action& action) {
  Command group = add_group(parent, "provider", "Show or choose the identity provider that people sign in with");
  auto options = std::make_shared<ProviderOptions>();
  Command shown = add_command(group, "show", "Show the identity provider", "  apportion user provider show");
  on_chosen(shown, action, options, run_show);
  add_set_command(group, action, options);
  Command remove = add_command(group, "remove", "Remove the identity provider: nobody can sign in with it any more",
                               "  apportion user provider remove");
  on_chosen(remove, action, options, run_remove);
}

}  // namespace apportion
