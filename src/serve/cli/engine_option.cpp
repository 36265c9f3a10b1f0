#include "serve/cli/engine_option.h"

#include <utility>

namespace apportion {
namespace {

Result<EngineReading> with_chosen_engine(Session& session, const Workspace& workspace, Reading home,
                                         const std::optional<std::string>& engine) {
  std::optional<EngineChoice> choice;
  if (engine) choice = *engine == "trino" ? EngineChoice::kTrino : EngineChoice::kEmbedded;
  return EngineReading::open(session.caller(), workspace, session.world().variable, std::move(home), choice,
                             session.cancel());
}

}  // namespace

void add_engine_option(Command command, std::optional<std::string>& engine) {
  command
      .add_option("--engine", engine,
                  "Engine that answers: embedded, or the Trino cluster of `config trino` (default: as set there)")
      .check([](const std::string& text) {
        return text == "embedded" || text == "trino" ? std::string()
                                                     : "`" + text + "` is not an engine; use embedded or trino";
      })
      .type_name("embedded|trino");
}

Result<EngineReading> open_engine_reading(Session& session, const Workspace& workspace,
                                          const std::optional<std::string>& engine) {
  APPORTION_ASSIGN(Reading home, Reading::open(workspace));
  return with_chosen_engine(session, workspace, std::move(home), engine);
}

Result<EngineReading> open_engine_reading_alone(Session& session, const Workspace& workspace,
                                                const std::optional<std::string>& engine) {
  APPORTION_ASSIGN(Reading home, Reading::open_alone(workspace));
  return with_chosen_engine(session, workspace, std::move(home), engine);
}

void tell_engine(Session& session, const EngineReading& reading) {
  const std::string words = reading.answered_by();
  if (!words.empty()) session.console().say(words);
}

}  // namespace apportion
