#include "serve/format/key_document.h"

#include <nlohmann/json.hpp>

namespace apportion {

nlohmann::ordered_json secrets_key_json(const SecretsKey& key) {
  return {{"source", key.source},           {"in_home", key.is_of_home}, {"fingerprint", key.fingerprint},
          {"is_rotating", key.is_rotating}, {"secrets", key.secrets},    {"opened", key.opened}};
}

nlohmann::ordered_json rotated_key_json(const RotatedKey& rotated) {
  return {{"source", rotated.source},           {"fingerprint", rotated.fingerprint},
          {"old_source", rotated.old_source},   {"old_fingerprint", rotated.old_fingerprint},
          {"old_is_gone", rotated.old_is_gone}, {"finished_earlier_rotation", rotated.was_finished},
          {"secrets", rotated.secrets}};
}

}  // namespace apportion
