#include "serve/api/contract.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <re2/re2.h>

#include "foundation/base/check.h"
#include "foundation/base/nearest_text.h"
#include "foundation/base/text.h"
#include "serve/api/openapi.json.h"

namespace apportion {
namespace {

constexpr std::int64_t kBodyBytesMax = 64 * 1024;
constexpr std::size_t kDepthMax = 32;

Error field_error(ErrorId id, std::string what, const std::string& place, std::string why) {
  return Error{id, std::move(what), place, std::move(why),
               "see the description of the operation: /api/v1/openapi.json"};
}

Error invalid(const std::string& place, std::string why) {
  return field_error(ErrorId::kFieldInvalid, "the value of a field is not valid", place, std::move(why));
}

Error unknown_field(const std::string& place, std::string_view name, const std::vector<std::string_view>& known) {
  if (known.empty()) return field_error(ErrorId::kFieldUnknown, "there is no such field", place, "there are none here");
  const std::string_view nearest = nearest_text(name, known);
  return field_error(ErrorId::kFieldUnknown, "there is no such field", place,
                     nearest.empty() ? fmt::format("expected: {}", fmt::join(known, ", "))
                                     : fmt::format("did you mean `{}`?", nearest));
}

std::vector<std::string> types_of(const Json& schema) {
  if (!schema.contains("type")) return {};
  const Json& type = schema["type"];
  return type.is_array() ? type.get<std::vector<std::string>>() : std::vector{type.get<std::string>()};
}

bool is_of_type(const Json& value, std::string_view type) {
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "boolean") return value.is_boolean();
  if (type == "array") return value.is_array();
  if (type == "object") return value.is_object();
  APPORTION_CHECK(type == "null", "the contract has these types only");
  return value.is_null();
}

std::string_view words_of_type(std::string_view type) {
  if (type == "string") return "a text";
  if (type == "integer") return "a whole number";
  if (type == "boolean") return "true or false";
  if (type == "array") return "a list";
  return type == "object" ? "an object" : "null";
}

std::string expected_types(const std::vector<std::string>& types) {
  std::vector<std::string_view> words;
  for (const std::string& type : types) words.push_back(words_of_type(type));
  return fmt::format("expected {}", fmt::join(words, " or "));
}

std::int64_t bound(const Json& schema, const char* name, std::int64_t otherwise) {
  return schema.contains(name) ? schema[name].get<std::int64_t>() : otherwise;
}

Result<void> check_count(const Json& schema, std::int64_t count, const char* least_name, const char* most_name,
                         std::string_view of, const std::string& place) {
  const std::int64_t least = bound(schema, least_name, 0);
  const std::int64_t most = bound(schema, most_name, INT64_MAX);
  if (count >= least && count <= most) return ok();
  if (count < least) return invalid(place, fmt::format("it has {} {}, and needs at least {}", count, of, least));
  return invalid(place, fmt::format("it has {} {}, and may have at most {}", count, of, most));
}

std::int64_t characters_in(std::string_view text) {
  return std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
}

Result<void> check_text(const Json& schema, const std::string& text, const std::string& place) {
  APPORTION_TRY(check_count(schema, characters_in(text), "minLength", "maxLength", "characters", place));
  if (schema.contains("pattern") && !RE2::PartialMatch(text, schema["pattern"].get<std::string>())) {
    return invalid(place, schema.contains("description")
                              ? fmt::format("expected: {}", schema["description"].get<std::string>())
                              : fmt::format("expected a text like {}", schema["pattern"].get<std::string>()));
  }
  return ok();
}

Result<void> check_number(const Json& schema, const Json& value, const std::string& place) {
  const bool is_huge = value.is_number_unsigned() && value.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX);
  const std::int64_t least = bound(schema, "minimum", INT64_MIN);
  const std::int64_t most = bound(schema, "maximum", INT64_MAX);
  if (!is_huge && value.get<std::int64_t>() >= least && value.get<std::int64_t>() <= most) return ok();
  return invalid(place, fmt::format("expected a whole number from {} to {}", least, most));
}

// JSON that cannot be read without end: every level of it is on a stack somewhere.
class BodyReader {
 public:
  Result<Json> read(std::string_view text) {
    Json value = Json::parse(
        text, [this](int depth, Json::parse_event_t event, Json& parsed) { return hear(depth, event, parsed); }, false);
    if (!fault_.empty()) return error(fault_);
    if (value.is_discarded()) return error("it does not follow the rules of JSON in UTF-8");
    return value;
  }

 private:
  static Error error(const std::string& why) {
    return Error{ErrorId::kJsonInvalid, "the body is not valid JSON", "", why, "correct the body"};
  }

  bool hear(int depth, Json::parse_event_t event, const Json& parsed) {
    const auto level = static_cast<std::size_t>(depth);
    if (level >= kDepthMax) fault_ = fmt::format("it is deeper than {} levels", kDepthMax);
    if (event == Json::parse_event_t::object_start) names_[level + 1].clear();
    if (event == Json::parse_event_t::key && !names_[level].insert(parsed.get<std::string>()).second) {
      fault_ = fmt::format("the name `{}` stands twice in an object", excerpt(parsed.get<std::string>()));
    }
    return fault_.empty();
  }

  std::map<std::size_t, std::set<std::string>> names_;
  std::string fault_;
};

bool is_parameter(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> segments;
  for (const std::string_view segment : split_text(path.substr(1), '/')) segments.emplace_back(segment);
  return segments;
}

}  // namespace

const Contract& Contract::built_in() {
  static const Contract contract(kOpenapiJson);
  return contract;
}

Contract::Contract(std::string_view openapi_json) : document_(openapi_json), root_(Json::parse(openapi_json)) {
  for (const auto& [path, item] : root_["paths"].items()) {
    const Json shared = item.contains("parameters") ? item["parameters"] : Json::array();
    for (const char* method : {"get", "put", "post", "patch", "delete"}) {
      if (item.contains(method)) read_operation(path, method, item[method], shared);
    }
  }
}

void Contract::read_operation(const std::string& path, const std::string& method, const Json& described,
                              const Json& shared) {
  ContractOperation operation;
  operation.id = described.at("operationId").get<std::string>();
  operation.method = method;
  std::ranges::transform(operation.method, operation.method.begin(),
                         [](char c) { return static_cast<char>(c - 'a' + 'A'); });
  operation.segments = segments_of(path);
  operation.right = described.at("x-right").get<std::string>();
  Json parameters = shared;
  if (described.contains("parameters")) {
    for (const Json& parameter : described["parameters"]) parameters.push_back(parameter);
  }
  for (const Json& written : parameters) {
    const Json& parameter = resolved(written);
    const Json& schema = resolved(parameter.at("schema"));
    const std::string in = parameter.at("in").get<std::string>();
    if (in == "header") {
      operation.compares_states = operation.compares_states || parameter.at("name") == "If-Match";
      continue;
    }
    ContractParameter read{parameter.at("name").get<std::string>(), parameter.value("required", false), false, schema};
    if (types_of(schema) == std::vector<std::string>{"array"}) {
      read.is_list = true;
      read.schema = resolved(schema.at("items"));
    }
    (in == "path" ? operation.path_parameters : operation.query_parameters).push_back(std::move(read));
  }
  if (described.contains("requestBody")) {
    const Json& body = resolved(described["requestBody"]);
    operation.body_is_required = body.value("required", false);
    operation.body_type = body.at("content").begin().key();
    if (operation.body_type == "application/json") operation.body = body.at("content").begin().value().at("schema");
    operation.body_bytes_max = described.value("x-body-bytes-max", kBodyBytesMax);
  }
  operation.ignores_unknown_query = described.value("x-ignores-unknown-query", false);
  operations_.push_back(std::move(operation));
}

const Json& Contract::resolved(const Json& schema) const {
  if (!schema.contains("$ref")) return schema;
  const auto reference = schema["$ref"].get<std::string>();
  APPORTION_CHECK(reference.starts_with("#/"), "the bundled document refers to itself only");
  return root_.at(Json::json_pointer(reference.substr(1)));
}

Result<QueryValues> Contract::check_query(const ContractOperation& operation,
                                          const std::vector<HttpQueryValue>& query) const {
  QueryValues values;
  std::vector<std::string_view> known;
  for (const ContractParameter& parameter : operation.query_parameters) known.push_back(parameter.name);
  for (const HttpQueryValue& given : query) {
    const auto parameter = std::ranges::find(operation.query_parameters, given.name, &ContractParameter::name);
    const std::string place = fmt::format("query `{}`", excerpt(given.name));
    if (parameter == operation.query_parameters.end()) {
      if (operation.ignores_unknown_query) continue;
      return unknown_field(place, given.name, known);
    }
    APPORTION_TRY(check_text_value(*parameter, given.value));
    auto& list = values[given.name];
    if (!list.empty() && !parameter->is_list) return invalid(place, "it is given twice");
    list.push_back(given.value);
  }
  for (const ContractParameter& parameter : operation.query_parameters) {
    if (parameter.is_required && !values.contains(parameter.name)) {
      return field_error(ErrorId::kFieldMissing, "a field is missing", fmt::format("query `{}`", parameter.name),
                         "the operation needs it");
    }
  }
  return values;
}

// A value of path or query is a text, which may have to be that of a number.
Result<void> Contract::check_text_value(const ContractParameter& parameter, const std::string& value) const {
  const std::string place = fmt::format("query `{}`", parameter.name);
  const auto types = types_of(parameter.schema);
  if (types == std::vector<std::string>{"integer"}) {
    std::int64_t number = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool is_whole = read.ec == std::errc() && read.ptr == value.data() + value.size();
    if (!is_whole) return invalid(place, expected_types(types));
    return check(parameter.schema, Json(number), place);
  }
  if (types == std::vector<std::string>{"boolean"}) {
    return value == "true" || value == "false" ? ok() : Result<void>(invalid(place, "expected true or false"));
  }
  return check(parameter.schema, Json(value), place);
}

Result<Json> Contract::check_body(const ContractOperation& operation, std::string_view body) const {
  if (trim(body).empty() && !operation.body_is_required) return Json::object();
  APPORTION_ASSIGN(Json value, BodyReader().read(body));
  APPORTION_TRY(check(*operation.body, value, ""));
  return value;
}

bool Contract::fits_path(const ContractOperation& operation, const std::vector<std::string>& segments) const {
  if (segments.size() != operation.segments.size()) return false;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const std::string& described = operation.segments[i];
    if (!is_parameter(described)) {
      if (described != segments[i]) return false;
      continue;
    }
    const auto parameter = std::ranges::find(operation.path_parameters, described.substr(1, described.size() - 2),
                                             &ContractParameter::name);
    APPORTION_CHECK(parameter != operation.path_parameters.end(), "each parameter of a path is described");
    if (!check_text_value(*parameter, segments[i])) return false;
  }
  return true;
}

Result<void> Contract::check(const Json& written, const Json& value, const std::string& place) const {
  const Json& schema = resolved(written);
  const std::string shown = place.empty() ? "body" : place;
  const auto types = types_of(schema);
  const bool fits =
      types.empty() || std::ranges::any_of(types, [&](const auto& type) { return is_of_type(value, type); });
  if (!fits) return invalid(shown, expected_types(types));
  if (schema.contains("enum") && std::ranges::find(schema["enum"], value) == schema["enum"].end()) {
    std::vector<std::string> choices;
    for (const Json& choice : schema["enum"])
      choices.push_back(choice.is_string() ? choice.get<std::string>() : choice.dump());
    return invalid(shown, fmt::format("expected one of {}", fmt::join(choices, ", ")));
  }
  if (value.is_string()) return check_text(schema, value.get_ref<const std::string&>(), shown);
  if (value.is_number()) return check_number(schema, value, shown);
  if (value.is_array()) return check_list(schema, value, place);
  return value.is_object() ? check_object(schema, value, place) : ok();
}

Result<void> Contract::check_list(const Json& schema, const Json& value, const std::string& place) const {
  APPORTION_TRY(check_count(schema, static_cast<std::int64_t>(value.size()), "minItems", "maxItems", "entries",
                            place.empty() ? "body" : place));
  for (std::size_t i = 0; i < value.size(); ++i) {
    const std::string here = fmt::format("{}/{}", place, i);
    APPORTION_TRY(check(schema.at("items"), value[i], here));
    const bool is_repeated = std::find(value.begin(), value.begin() + static_cast<std::ptrdiff_t>(i), value[i]) !=
                             value.begin() + static_cast<std::ptrdiff_t>(i);
    if (schema.value("uniqueItems", false) && is_repeated) return invalid(here, "the entry is there twice");
  }
  return ok();
}

Result<void> Contract::check_object(const Json& schema, const Json& value, const std::string& place) const {
  const Json no_properties = Json::object();
  const Json& properties = schema.contains("properties") ? schema["properties"] : no_properties;
  for (const auto& [name, inner] : value.items()) {
    const std::string here = fmt::format("{}/{}", place, excerpt(name));
    if (properties.contains(name)) {
      APPORTION_TRY(check(properties[name], inner, here));
      continue;
    }
    std::vector<std::string_view> known;
    for (const auto& [property, ignored] : properties.items()) known.push_back(property);
    return unknown_field(here, name, known);
  }
  if (!schema.contains("required")) return ok();
  for (const Json& name : schema["required"]) {
    if (value.contains(name.get<std::string>())) continue;
    return field_error(ErrorId::kFieldMissing, "a field is missing",
                       fmt::format("{}/{}", place, name.get<std::string>()), "the operation needs it");
  }
  return ok();
}

}  // namespace apportion
