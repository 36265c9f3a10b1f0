#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "application/customer_discovery.h"
#include "application/customer_edits.h"
#include "application/customer_erasure.h"
#include "application/customer_file.h"
#include "application/customer_import.h"
#include "application/customers.h"
#include "application/uploads.h"
#include "serve/api/operations_internal.h"
#include "serve/api/resource.h"
#include "serve/format/customer_document.h"
#include "serve/format/flow_document.h"

namespace apportion {
namespace {

constexpr std::size_t kToldErrorsMax = 20;  // of a file

Result<std::optional<Day>> day_field(const Json& body, const char* name) {
  const auto text = text_field(body, name);
  if (!text) return std::optional<Day>();
  const auto day = Day::parse(*text);
  if (day) return day;
  return field_value_error(name, "there is no such day", "write it as YYYY-MM-DD");
}

Result<Customer> customer_of_path(const ApiCall& call, const Workspace& workspace) {
  return customer_with_id(workspace.control_plane, call.path("customer"));
}

Result<ApiAnswer> list_all_customers(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(auto customers, list_customers(call.caller, *workspace));
  if (!call.query_flag("all")) {
    std::erase_if(customers, [](const Customer& customer) { return customer.retired_from.has_value(); });
  }
  APPORTION_ASSIGN(Json page, page_of(call, customers, customer_json));
  return document_answer(std::move(page));
}

Result<ApiAnswer> get_customer(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const Customer customer, customer_of_path(call, *workspace));
  return document_answer(customer_json(customer));
}

Result<CustomerRequest> customer_request(const ApiCall& call, std::string id) {
  CustomerRequest request;
  request.id = std::move(id);
  request.name = text_field(call.body, "name");
  request.external_id = text_field(call.body, "external_id");
  request.add_tenants = list_field(call.body, "add_tenants");
  request.remove_tenants = list_field(call.body, "remove_tenants");
  APPORTION_ASSIGN(request.from, day_field(call.body, "from"));
  if (const auto sees = text_field(call.body, "sees")) request.sees = parse_customer_view(*sees);
  APPORTION_TRY(check_tenant_ids(request.add_tenants));
  return request;
}

CustomerEditOptions edit_options(const ApiCall& call) {
  const bool dry_run = flag_field(call.body, "dry_run").value_or(false);
  return {flag_field(call.body, "no_split").value_or(false), dry_run, reviewed({}, dry_run)};
}

// An edit of customers splits months again, which may take long: so it is a job.
template <class Edit>
Result<ApiAnswer> start_edit(ApiCall& call, const std::string& kind, const std::string& id, Edit edit) {
  return start_job(call, kind, id, [edit = std::move(edit)](Workspace& workspace) -> Result<Json> {
    APPORTION_ASSIGN(WritableWorkspace writable, begin_editing(workspace, OnDamage::kGoOn, [](const std::string&) {}));
    return edit(writable);
  });
}

Result<ApiAnswer> add_new_customer(ApiCall& call) {
  APPORTION_ASSIGN(CustomerRequest request, customer_request(call, *text_field(call.body, "id")));
  const std::string id = request.id;
  return start_edit(call, "customer-add", id,
                    [request = std::move(request), options = edit_options(call)](auto& writable) -> Result<Json> {
                      APPORTION_ASSIGN(const CustomerOutcome added, add_customer(writable, request, options));
                      return edited_customer_json(added.customer, added.report);
                    });
}

Result<ApiAnswer> change_customer(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const Customer before, customer_of_path(call, *workspace));
  APPORTION_TRY(call.check_match(etag_of(customer_json(before))));
  APPORTION_ASSIGN(CustomerRequest request, customer_request(call, before.id.raw()));
  return start_edit(
      call, "customer-edit", before.id.raw(),
      [before, request = std::move(request), options = edit_options(call)](auto& writable) -> Result<Json> {
        APPORTION_ASSIGN(const Customer now, customer_with_id(writable.workspace.control_plane, request.id));
        if (now != before) {
          return Error{ErrorId::kChangedMeanwhile, "somebody changed it meanwhile", request.id,
                       "it was changed before the job began", "read it again, and repeat the change"};
        }
        APPORTION_ASSIGN(const CustomerOutcome changed, edit_customer(writable, request, options));
        return edited_customer_json(changed.customer, changed.report);
      });
}

Result<ApiAnswer> remove_known_customer(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const Customer customer, customer_of_path(call, *workspace));
  APPORTION_TRY(call.check_match(etag_of(customer_json(customer))));
  return start_edit(call, "customer-remove", customer.id.raw(), [customer](auto& writable) -> Result<Json> {
    APPORTION_ASSIGN(const FlowReport report, remove_customer(writable, customer.id.raw(), {}));
    return removed_customer_json(customer, report);
  });
}

Result<ApiAnswer> retire_known_customer(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const Customer customer, customer_of_path(call, *workspace));
  APPORTION_ASSIGN(const auto from, day_field(call.body, "from"));
  const bool undo = flag_field(call.body, "undo").value_or(false);
  const Day day = from.value_or(workspace->clock.today());
  return start_edit(call, "customer-retire", customer.id.raw(),
                    [id = customer.id.raw(), undo, day, options = edit_options(call)](auto& writable) -> Result<Json> {
                      FlowReport report;
                      if (undo) {
                        APPORTION_ASSIGN(report, reactivate_customer(writable, id, options));
                      } else {
                        APPORTION_ASSIGN(report, retire_customer(writable, id, day, options));
                      }
                      return flow_json(report);
                    });
}

Result<ApiAnswer> merge_known_customers(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const Customer customer, customer_of_path(call, *workspace));
  APPORTION_ASSIGN(const auto from_month, month_field(call.body, "from_month"));
  MergeRequest request{customer.id.raw(), *text_field(call.body, "into"), from_month};
  return start_edit(call, "customer-merge", customer.id.raw(),
                    [request = std::move(request), options = edit_options(call)](auto& writable) -> Result<Json> {
                      APPORTION_ASSIGN(const FlowReport report, merge_customers(writable, request, options));
                      return flow_json(report);
                    });
}

// Looks into the months that are not locked, which may take long: so it is a job.
Result<ApiAnswer> erase_known_customer(ApiCall& call) {
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const Customer customer, customer_of_path(call, *workspace));
  ErasureRequest request{customer.id.raw(), *text_field(call.body, "reason")};
  const bool dry_run = flag_field(call.body, "dry_run").value_or(false);
  return start_edit(
      call, "customer-erase", customer.id.raw(),
      [request = std::move(request), dry_run](auto& writable) -> Result<Json> {
        APPORTION_ASSIGN(const CustomerTraces traces,
                         dry_run ? erasable_traces(writable.workspace, request.id) : erase_customer(writable, request));
        return erased_customer_json(CustomerId(request.id), traces, dry_run);
      });
}

// The body is the file, unless an upload is named.
Result<std::string> text_of_customers(const ApiCall& call, const std::optional<std::string>& upload) {
  if (!upload) return call.request.body;
  if (!call.request.body.empty()) {
    return field_value_error("upload", "the body is a file, too", "send either the file or the id of an upload");
  }
  APPORTION_ASSIGN(const StoredUploadPtr stored, call.service.uploads().find(call.who.actor, *upload));
  return customers_of_upload(*stored);
}

// What is wrong with the file is told at once, with all its lines.
Result<ApiAnswer> import_customer_file(ApiCall& call) {
  const std::string file_name = "the file";
  const auto upload = call.query_value("upload");
  APPORTION_ASSIGN(const std::string text, text_of_customers(call, upload));
  CustomerFile file = read_customer_file(text, file_name);
  if (!file.errors.empty()) {
    Error error = file.errors.front();
    for (std::size_t i = 1; i < std::min(file.errors.size(), kToldErrorsMax); ++i) {
      error.why += fmt::format("; {}: {}", file.errors[i].where, file.errors[i].what);
    }
    return error;
  }
  APPORTION_TRY(check_customer_file(file, file_name));
  const bool dry_run = call.query_flag("dry_run");
  const CustomerEditOptions options{call.query_flag("no_split"), dry_run, reviewed({}, dry_run)};
  return start_edit(call, "customer-import", "",
                    [file = std::move(file), file_name, options, upload,
                     &uploads = call.service.uploads()](auto& writable) -> Result<Json> {
                      APPORTION_ASSIGN(const CustomerImport done, import_customers(writable, file, file_name, options));
                      if (upload && !options.dry_run) uploads.forget(*upload);
                      return customer_import_json(done, options.dry_run);
                    });
}

Result<ApiAnswer> discover_new_customers(ApiCall& call) {
  const auto connection = text_field(call.body, "connection");
  return start_job(
      call, "customer-discover", connection.value_or(""),
      [connection, world = call.service.options().azure, caller = call.caller](Workspace& workspace) -> Result<Json> {
        AzureWorld own = world;
        own.cancel = workspace.cancel;
        Gateway gateway(std::move(own));
        APPORTION_ASSIGN(const CustomerDiscovery found, discover_customers(caller, workspace, gateway, connection));
        return customer_discovery_json(found);
      });
}

// Tenants without a customer, with what they cost.
Result<ApiAnswer> list_tenants_of_nobody(ApiCall& call) {
  APPORTION_ASSIGN(const ReadScope scope, scope_of_query(call));
  APPORTION_ASSIGN(const WorkspaceLease workspace, call.open());
  APPORTION_ASSIGN(const Table tenants, tenants_without_customer(*workspace, scope));
  return document_answer(table_document(tenants));
}

constexpr auto kOperations = std::to_array<Operation>({
    {"listCustomers", Right::kReadCustomers, Effect::kReads, &list_all_customers},
    {"addCustomer", Right::kManageCustomers, Effect::kCreates, &add_new_customer},
    {"getCustomer", Right::kReadCustomers, Effect::kReads, &get_customer},
    {"changeCustomer", Right::kManageCustomers, Effect::kChanges, &change_customer},
    {"removeCustomer", Right::kManageCustomers, Effect::kChanges, &remove_known_customer},
    {"retireCustomer", Right::kManageCustomers, Effect::kCreates, &retire_known_customer},
    {"mergeCustomer", Right::kManageCustomers, Effect::kCreates, &merge_known_customers},
    {"eraseCustomer", Right::kManagePeople, Effect::kCreates, &erase_known_customer},
    {"importCustomers", Right::kManageCustomers, Effect::kCreates, &import_customer_file},
    {"discoverCustomers", Right::kManageCustomers, Effect::kCreates, &discover_new_customers},
    {"listTenants", Right::kReadCustomers, Effect::kReads, &list_tenants_of_nobody},
});

}  // namespace

std::span<const Operation> customer_operations() { return kOperations; }

}  // namespace apportion
