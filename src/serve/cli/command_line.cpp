#include "serve/cli/command_line.h"

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <CLI/CLI.hpp>

#include "foundation/base/nearest_text.h"
#include "foundation/base/text.h"
#include "serve/cli/commands_internal.h"
#include "serve/cli/console.h"
#include "serve/cli/lake_command.h"
#include "serve/cli/pager.h"
#include "serve/cli/session.h"

namespace apportion {
namespace {

/// In the order of the way of the data, which is the order of the help.
constexpr std::array kCommands = {
    add_init_command,       add_first_day_command, add_sample_command,      add_demo_command,    add_connection_command,
    add_exports_command,    add_sync_command,      add_import_command,      add_imports_command, add_months_command,
    add_customer_command,   add_rules_command,     add_split_command,       add_prove_command,   add_reconcile_command,
    add_migrate_command,    add_invoice_command,   add_report_command,      add_query_command,   add_dataset_command,
    add_lake_command,       add_columns_command,   add_commitments_command, add_explain_command, add_serve_command,
    add_worker_command,     add_jobs_command,      add_user_command,        add_token_command,   add_alerts_command,
    add_doctor_command,     add_config_command,    add_key_command,         add_audit_command,   add_backup_command,
    add_restore_command,    add_completion_command, add_version_command};

constexpr int kDaySeconds = 24 * 60 * 60;

constexpr std::string_view kAbout =
    "Apportion imports a partner's Azure cost exports, splits the bill across customers, and proves the result to the "
    "last digit.";

constexpr std::string_view kFooter =
    "First steps:\n"
    "  apportion init\n"
    "  apportion connection add --name acme --actual /exports/actual-cost --amortized /exports/amortized-cost\n"
    "  apportion customer import customers.csv\n"
    "  apportion sync\n"
    "  apportion prove\n"
    "  apportion report costs --by CustomerId,BillingCurrency\n"
    "\n"
    "Help for a command: apportion COMMAND --help\n"
    "Exit codes: 0 done, 1 a check failed, 2 wrong usage, 3 bad input data, 4 access refused, 5 network, 6 lock held, "
    "130 stopped";

std::string version_text() { return fmt::format("apportion {}", program_version()); }

/// The parser of one command line, and what it found.
class Parser {
 public:
  explicit Parser(GlobalOptions& globals) : app_(std::string(kAbout), "apportion") {
    app_.fallthrough();
    app_.require_subcommand(1);
    app_.get_formatter()->column_width(36);
    app_.set_help_flag("-h,--help", "Print this help, or the help of a command");
    app_.set_version_flag("--version", version_text, "Print the version");
    add_global_options(globals);
    for (const auto add : kCommands) add(Command(app_), action_);
    app_.footer(std::string(kFooter));
  }

  CLI::App& app() { return app_; }
  const Action& action() const { return action_; }

  /// What is wrong with the command line, reported like any other error.
  Error usage_error(const CLI::ParseError& failure) const {
    const CLI::App& command = deepest_command();
    const std::string path = path_of(command);
    const std::string help = fmt::format("`{} --help` shows the usage", path);
    for (const std::string& word : app_.remaining(true)) {
      if (!word.starts_with('-') && has_commands(command)) return unknown_command(command, word, path);
      if (word.starts_with("--") && word.size() > 2) return unknown_option(command, word, path);
    }
    if (dynamic_cast<const CLI::RequiredError*>(&failure) != nullptr && has_commands(command)) {
      return {ErrorId::kCommandMissing, "no command was given", path, "a command is required",
              fmt::format("`{} --help` lists them", path)};
    }
    return {ErrorId::kCommandLineWrong, "the command line is wrong", path, failure.what(), help};
  }

 private:
  void add_global_options(GlobalOptions& globals) {
    const Command program(app_);
    program.add_option("--home", globals.home, "Home folder (default: APPORTION_HOME, or else the user's data folder)")
        .type_name("DIR");
    program.add_flag("--json", globals.json, "Print data and errors as JSON");
    add_day_option(program, globals.today, "Act as if today were this day (default: today, UTC)", "--today");
    program.add_flag("--quiet", globals.quiet, "Print errors only");
    program.add_flag("--verbose", globals.verbose, "Print every step");
    program.add_option("--threads", globals.threads, "Number of threads (default: one per processor)")
        .between(1, 1024)
        .type_name("N");
    program.add_option("--memory", globals.memory_mib, "Memory for queries (default: 1536)")
        .between(64, 1 << 20)
        .type_name("MIB");
    program
        .add_option("--wait", globals.wait_seconds,
                    "How long to wait for another process that is publishing (default: 10)")
        .between(0, kDaySeconds)
        .type_name("SECONDS");
  }

  const CLI::App& deepest_command() const {
    const CLI::App* command = &app_;
    while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
    return *command;
  }

  static std::string path_of(const CLI::App& command) {
    const CLI::App* parent = command.get_parent();
    return parent == nullptr ? command.get_name() : path_of(*parent) + " " + command.get_name();
  }

  static std::vector<const CLI::App*> commands_of(const CLI::App& command) {
    return command.get_subcommands([](const CLI::App*) { return true; });
  }
  static bool has_commands(const CLI::App& command) { return !commands_of(command).empty(); }

  static Error unknown_command(const CLI::App& parent, const std::string& word, const std::string& path) {
    std::vector<std::string> names;
    for (const CLI::App* command : commands_of(parent)) names.push_back(command->get_name());
    return unknown("there is no such command", names, word, path);
  }

  Error unknown_option(const CLI::App& command, const std::string& word, const std::string& path) const {
    std::vector<std::string> names;
    for (const CLI::App* one : {&command, &app_}) {
      for (const CLI::Option* option : one->get_options()) {
        for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
      }
    }
    return unknown("there is no such option", names, word.substr(0, word.find('=')), path);
  }

  static Error unknown(std::string what, const std::vector<std::string>& names, const std::string& word,
                       const std::string& path) {
    const std::string_view nearest = nearest_text(word, std::vector<std::string_view>(names.begin(), names.end()));
    const std::string meant = nearest.empty() ? std::string() : fmt::format("did you mean `{}`? ", nearest);
    return {ErrorId::kCommandLineWrong, std::move(what), fmt::format("{} {}", path, excerpt(word)), "",
            fmt::format("{}`{} --help` lists what is available", meant, path)};
  }

  CLI::App app_;
  Action action_;
};

bool wants_json(const std::vector<std::string>& arguments) {
  return std::find(arguments.begin(), arguments.end(), "--json") != arguments.end();
}

ConsoleSettings console_settings(const ProgramEnvironment& environment, const GlobalOptions& globals) {
  const auto no_colour = environment.variable("NO_COLOR");
  const auto terminal = environment.variable("TERM");
  ConsoleSettings settings;
  settings.json = globals.json;
  settings.quiet = globals.quiet;
  settings.verbose = globals.verbose;
  settings.data_width = environment.data_width;
  settings.talk_is_terminal = environment.talk_is_terminal;
  settings.colour = (!no_colour || no_colour->empty()) && terminal != "dumb";
  settings.pager = pager_command(environment.variable);
  return settings;
}

void choose_home(const ProgramEnvironment& environment, GlobalOptions& globals) {
  if (globals.home.empty()) {
    const auto named = environment.variable("APPORTION_HOME");
    globals.home = named && !named->empty() ? std::filesystem::path(*named) : default_home(environment.variable);
  }
  std::error_code failure;
  const auto absolute = std::filesystem::absolute(globals.home, failure);
  if (!globals.home.empty() && !failure) globals.home = absolute;
}

constexpr std::size_t kWhyBytesMax = 300;

/// When the system refuses memory or threads deep inside, the command ends like any other failure.
Result<ExitCode> within_the_system(const Action& action, Session& session) {
  try {
    return action(session);
  } catch (const std::bad_alloc&) {
    return Error{ErrorId::kOutOfMemory, "the system refused more memory", "",
                 "the limit for this process has been reached",
                 "raise the limit of the container or service, or use less: --memory, --threads 1"};
  } catch (const std::system_error& failure) {
    if (failure.code() != std::errc::resource_unavailable_try_again) throw;
    return Error{ErrorId::kThreadsRefused, "the system refused more threads", "", failure.code().message(),
                 "raise the process limit (ulimit -u, TasksMax, pids), or try --threads 1"};
  } catch (const std::exception& failure) {  // our code throws nothing else; the engine does when it hits a limit
    return Error{ErrorId::kEngineFailed, "the engine could not do this", "", excerpt(failure.what(), kWhyBytesMax),
                 "check the limits of the container or service (ulimit -a): memory, open files, processes"};
  }
}

}  // namespace

int run_command_line(const ProgramEnvironment& environment) {
  Console console(*environment.data, *environment.talk);
  GlobalOptions globals;
  globals.json =
      wants_json(environment.arguments);  // until the parser knows better: its own errors are printed this way too
  console.set(console_settings(environment, globals));
  Parser parser(globals);
  try {
    std::vector<std::string> reversed(environment.arguments.rbegin(), environment.arguments.rend());
    parser.app().parse(std::move(reversed));
  } catch (const CLI::Success& asked) {  // --help, --version
    parser.app().exit(asked, *environment.data, *environment.talk);
    return kExitDone;
  } catch (const CLI::ParseError& failure) {
    const Error error = parser.usage_error(failure);
    console.report(error);
    return exit_code(error.kind());
  }
  choose_home(environment, globals);
  console.set(console_settings(environment, globals));
  Session session(globals, console,
                  {environment.variable, environment.input, environment.input_is_terminal, environment.epoch_seconds,
                   environment.program_folder});
  if (environment.on_interrupt) {
    environment.on_interrupt({[cancel = session.cancel()] { cancel.request(); },
                              [patience = session.patience()] { return patience->load(); },
                              console.error_text(cancelled_error(""))});
  }
  const Result<ExitCode> result = within_the_system(parser.action(), session);
  if (result) return *result;
  const Error error = session.explained(result.error());
  if (*environment.data) console.report(error);
  return exit_code(error.kind());
}

}  // namespace apportion
