/// Operations of the API: one table of rows, each with the right that it needs and what answers it. What a request and
/// its answer look like is in docs/api; a test holds the two against each other.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "application/identities.h"
#include "foundation/base/cancel.h"
#include "foundation/base/result.h"
#include "foundation/model/caller.h"
#include "people/rights.h"
#include "serve/api/contract.h"
#include "serve/api/workspaces.h"
#include "serve/http/http_exchange.h"

namespace apportion {

class ApiService;

/// What an operation does to the home.
enum class Effect {
  kReads,
  kChanges,
  kCreates,  ///< Makes or starts something: an idempotency key may be given, so that it is not done twice.
};

struct ApiAnswer {
  int status = 200;
  Json body = {};  ///< Nothing is sent when it is null.
  HttpHeaders headers = {};
  std::string etag = {};  ///< Without quotes; empty: none.
  std::string content_type = "application/json";
  std::optional<std::string> text = {};         ///< Instead of `body`.
  std::unique_ptr<HttpBodySource> source = {};  ///< Instead of both.
};

/// A request that may be answered: what the caller asks for, checked against the contract and the table of rights.
struct ApiCall {
  ApiService& service;
  const ServerRequest& request;
  const ContractOperation& contract;
  Identity who;   ///< The person or token, also while acting as a customer.
  Caller caller;  ///< What they may see and do now.
  std::optional<CustomerId> acting_as;
  QueryValues query;
  Json body;
  Cancel cancel;

  /// A parameter of the path.
  const std::string& path(std::string_view name) const;
  /// A parameter of the query; nothing if it was not given.
  std::optional<std::string> query_value(std::string_view name) const;
  std::vector<std::string> query_list(std::string_view name) const;
  std::optional<std::int64_t> query_number(std::string_view name) const;
  bool query_flag(std::string_view name) const;

  /// A workspace that acts for the caller, until the lease ends. Errors: kServiceBusy, those of opening a home.
  Result<WorkspaceLease> open() const;

  /// kChangedMeanwhile when the request's `If-Match` names another state than `etag`; kPreconditionMissing when it
  /// names none and has to.
  Result<void> check_match(std::string_view etag, bool is_required = false) const;
};

using OperationHandler = Result<ApiAnswer> (*)(ApiCall& call);
/// Where the body of a request goes whose sender may do the operation.
using BodyReceiver = std::shared_ptr<HttpBodySink> (*)(ApiService& service, const Identity& who,
                                                       const QueryValues& query);

struct Operation {
  std::string_view id;  ///< As in the contract.
  Right right;
  Effect effect;
  OperationHandler handler;
  bool is_for_browsers = false;    ///< A person sees the answer: a failure is a page for whoever takes pages.
  BodyReceiver receive = nullptr;  ///< Of bodies that come in pieces.
};

/// The rows of all resources.
std::span<const Operation> operations();
/// Null if there is none.
const Operation* find_operation(std::string_view id);

/// The state of a document as an entity tag.
std::string etag_of(const Json& document);

/// A text field of a body; nothing when it is not there or null.
std::optional<std::string> text_field(const Json& body, const char* name);
std::optional<bool> flag_field(const Json& body, const char* name);
std::optional<std::int64_t> number_field(const Json& body, const char* name);
std::vector<std::string> list_field(const Json& body, const char* name);
/// A month. Errors: kFieldInvalid.
Result<std::optional<Month>> month_field(const Json& body, const char* name);

}  // namespace apportion
