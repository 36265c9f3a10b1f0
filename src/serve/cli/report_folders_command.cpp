#include "application/report_subscriptions.h"
#include "serve/cli/commands_internal.h"
#include "serve/format/report_document.h"

namespace apportion {
namespace {

struct FolderOptions {
  std::string name;
  std::filesystem::path path;
};

Result<ExitCode> show(Session& session, const std::vector<ReportFolder>& folders) {
  if (session.json()) {
    session.console().print_json(report_folders_json(folders));
    return kExitDone;
  }
  Table table;
  table.columns = {{"Folder"}, {"Path"}};
  for (const ReportFolder& folder : folders) table.rows.push_back({folder.name, folder.path.string()});
  if (folders.empty())
    table.notices.emplace_back("there are no report folders; see apportion report folders add --help");
  APPORTION_TRY(session.console().print_table(table));
  return kExitDone;
}

Result<ExitCode> run_list(Session& session, const FolderOptions& /*options*/) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const auto folders, list_report_folders(session.caller(), workspace));
  return show(session, folders);
}

Result<ExitCode> run_add(Session& session, const FolderOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_ASSIGN(const ReportFolder folder, add_report_folder(session.caller(), workspace, options.name, options.path,
                                                                {session.caller().actor}));
  return show(session, {folder});
}

Result<ExitCode> run_remove(Session& session, const FolderOptions& options) {
  APPORTION_ASSIGN(const Workspace workspace, session.open());
  APPORTION_TRY(remove_report_folder(session.caller(), workspace, options.name, {session.caller().actor}));
  session.console().say("removed the report folder " + options.name + "; its files stay");
  if (session.json()) session.console().print_json({{"removed", options.name}});
  return kExitDone;
}

}  // namespace

void add_report_folders_command(Command group, Action& action) {
  Command folders = add_group(group, "folders", "The folders that report subscriptions may write to");
  auto options = std::make_shared<FolderOptions>();
  Command list = add_command(folders, "list", "List them", "  apportion report folders list");
  on_chosen(list, action, options, run_list);

  Command add = add_command(folders, "add", "Let report subscriptions write below a folder, or give a name another one",
                            "  apportion report folders add erp /srv/erp/azure");
  add.add_option("NAME", options->name, "Name of the folder in subscriptions").required();
  add.add_option("PATH", options->path, "Its whole path").required();
  on_chosen(add, action, options, run_add);

  Command remove =
      add_command(folders, "remove", "Take a name away; the files stay", "  apportion report folders remove erp");
  remove.add_option("NAME", options->name, "Name of the folder").required();
  on_chosen(remove, action, options, run_remove);
}

}  // namespace apportion
