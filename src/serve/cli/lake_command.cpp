#include "serve/cli/lake_command.h"

#include <filesystem>
#include <iterator>

#include <fmt/format.h>

#include "application/delta_tables.h"
#include "foundation/base/count_text.h"
#include "serve/cli/commands_internal.h"
#include "serve/format/delta_document.h"

namespace apportion {
namespace {

struct LakeOptions {};

Result<ExitCode> run_publish(Session& session, const LakeOptions& /*options*/) {
  APPORTION_ASSIGN(WritableWorkspace writable, session.open_for_writing());
  APPORTION_ASSIGN(const auto tables, make_delta_tables_anew(writable));
  const std::filesystem::path folder = writable.workspace.home.folder() / "delta";
  if (session.json()) {
    session.console().print_json(delta_tables_json(folder, tables));
    return kExitDone;
  }
  Table table;
  table.columns = {{"Table"}, {"Files", TableKind::kInteger}};
  for (const DeltaChange& one : tables) table.rows.push_back({one.table, one.files});
  APPORTION_TRY(session.console().print_table(table));
  session.console().say(fmt::format("made {} again in {}; their earlier versions are gone",
                                    count_of(std::ssize(tables), "Delta table"), folder.string()));
  return kExitDone;
}

void add_publish_command(Command group, Action& action) {
  auto options = std::make_shared<LakeOptions>();
  Command command =
      add_command(group, "publish", "Make the Delta tables for other programs again", "  apportion lake publish");
  on_chosen(command, action, options, run_publish);
}

}  // namespace

void add_lake_command(Command app, Action& action) {
  Command group = add_group(app, "lake", "The lake for other programs: its Delta tables");
  add_publish_command(group, action);
}

}  // namespace apportion
