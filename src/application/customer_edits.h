/// Customers added, changed, merged, retired and removed, and the months split again.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "application/publish.h"
#include "application/writable_workspace.h"
#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/ids.h"
#include "store/control_plane.h"

namespace apportion {

struct CustomerEditOptions {
  bool no_split = false;  ///< Published months are left as they are for now.
  bool dry_run = false;   ///< With `no_split`: the edit is tried and undone. Otherwise the review looks and says no.
  Review review = {};
};

/// Makes an edit of customers and splits all published, unlocked months by it.
Result<FlowReport> edit_customers(WritableWorkspace& writable, const Edit& edit, const CustomerEditOptions& options);

/// Errors: kNoSuchCustomer.
Result<Customer> customer_with_id(const ControlPlane& control_plane, const std::string& id);

/// The first month, locked or not, in which something is assigned to a customer: `acme 2026-10`; nothing if there is
/// none.
Result<std::optional<std::string>> first_month_with_charges_of(const Workspace& workspace, const CustomerId& customer,
                                                               bool locked);

/// What is said of a customer; what is not said stays as it is.
struct CustomerRequest {
  std::string id;
  std::optional<std::string> name = {};  ///< Of a new one: its id unless it is said.
  std::optional<std::string> external_id = {};
  std::vector<std::string> add_tenants = {};
  std::optional<Day> from = {};                  ///< First day on which it has these tenants; unset: since ever.
  std::vector<std::string> remove_tenants = {};  ///< `TENANT`, or `TENANT@DAY`.
  std::optional<CustomerView> sees = {};         ///< Of a new one: the list cost unless it is said.
};

struct CustomerOutcome {
  Customer customer;  ///< As it is stored; as it would be when the review said no.
  FlowReport report;
};

/// Errors: kCustomerExists; a tenant that is no GUID, or belongs to somebody else; those of publishing.
Result<CustomerOutcome> add_customer(WritableWorkspace& writable, const CustomerRequest& request,
                                     const CustomerEditOptions& options);
/// Errors: kNoSuchCustomer, and as above.
Result<CustomerOutcome> edit_customer(WritableWorkspace& writable, const CustomerRequest& request,
                                      const CustomerEditOptions& options);

/// For a customer that was never billed: with charges in a locked month, it is retired instead. Errors:
/// kNoSuchCustomer; kCustomerHasHistory; kCustomerInRules.
Result<FlowReport> remove_customer(WritableWorkspace& writable, const std::string& id,
                                   const CustomerEditOptions& options);

/// From the day on, nothing is assigned to the customer any more: charges of its tenants are unassigned unless another
/// customer has the tenants. What it had stays, and so does its name. Errors: kNoSuchCustomer; kCustomerInRules when
/// rules or policies that hold on the day or later name it.
Result<FlowReport> retire_customer(WritableWorkspace& writable, const std::string& id, Day from,
                                   const CustomerEditOptions& options);

/// A retired customer gets its tenants again. Errors: kNoSuchCustomer; kCustomerMergeInvalid when it was merged into
/// another, which has its tenants now.
Result<FlowReport> reactivate_customer(WritableWorkspace& writable, const std::string& id,
                                       const CustomerEditOptions& options);

struct MergeRequest {
  std::string from;
  std::string into;
  std::optional<Month> from_month;  ///< Unset: all months that are not locked.
};

/// The tenants of one customer go to another, from a month on or altogether, and the first is retired. Locked months
/// stay as they are. Errors: kNoSuchCustomer; kCustomerInRules; kCustomerMergeInvalid; kCustomerRetired.
Result<FlowReport> merge_customers(WritableWorkspace& writable, const MergeRequest& request,
                                   const CustomerEditOptions& options);

}  // namespace apportion
