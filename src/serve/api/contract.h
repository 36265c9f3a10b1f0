/// The contract of the API: what docs/api says of each operation, as it is built into the program. Requests are checked
/// against it before anything else looks at them.
///
/// Understood of JSON Schema: `type`, `enum`, `pattern`, lengths and bounds, `items`, `uniqueItems`, `properties`,
/// `required`, `additionalProperties: false`, and `$ref` to `#/components/schemas`. Objects have no other fields than
/// those described.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "foundation/base/result.h"
#include "serve/http/http_exchange.h"

namespace apportion {

using Json = nlohmann::ordered_json;

/// A parameter in the path or the query.
struct ContractParameter {
  std::string name;
  bool is_required = false;
  bool is_list = false;  ///< May be given several times.
  Json schema;           ///< Of the value; of each value of a list.
};

struct ContractOperation {
  std::string id;                     ///< `listCustomers`
  std::string method;                 ///< `GET`
  std::vector<std::string> segments;  ///< Of the path; `{customer}` for a parameter.
  std::string right;                  ///< `x-right`: name of the right that it needs.
  std::vector<ContractParameter> path_parameters;
  std::vector<ContractParameter> query_parameters;
  bool compares_states = false;        ///< Takes an `If-Match`.
  bool ignores_unknown_query = false;  ///< `x-ignores-unknown-query`: somebody else writes the query.
  std::optional<Json> body;            ///< The schema of a JSON body.
  bool body_is_required = false;
  std::string body_type;            ///< `application/json`, `application/yaml`, …; empty: no body.
  std::int64_t body_bytes_max = 0;  ///< `x-body-bytes-max`, else 64 KiB.
};

/// The values of a query, by parameter. Those of whole numbers are still text.
using QueryValues = std::map<std::string, std::vector<std::string>, std::less<>>;

class Contract {
 public:
  /// The contract that was built in.
  static const Contract& built_in();
  /// Reads a bundled document. A document that is not understood is a bug.
  explicit Contract(std::string_view openapi_json);

  const std::vector<ContractOperation>& operations() const { return operations_; }
  /// The bundled document, as it is served.
  std::string_view document() const { return document_; }

  /// Errors: kFieldUnknown, kFieldMissing, kFieldInvalid.
  Result<QueryValues> check_query(const ContractOperation& operation, const std::vector<HttpQueryValue>& query) const;
  /// Reads a JSON body. Errors: as above; kJsonInvalid, also for JSON deeper than 32 levels and for repeated names.
  Result<Json> check_body(const ContractOperation& operation, std::string_view body) const;
  /// Whether the values of the path fit; what does not cannot exist.
  bool fits_path(const ContractOperation& operation, const std::vector<std::string>& segments) const;

 private:
  const Json& resolved(const Json& schema) const;
  Result<void> check(const Json& schema, const Json& value, const std::string& place) const;
  Result<void> check_object(const Json& schema, const Json& value, const std::string& place) const;
  Result<void> check_list(const Json& schema, const Json& value, const std::string& place) const;
  Result<void> check_text_value(const ContractParameter& parameter, const std::string& value) const;
  void read_operation(const std::string& path, const std::string& method, const Json& described, const Json& shared);

  std::string document_;
  Json root_;
  std::vector<ContractOperation> operations_;
};

}  // namespace apportion
