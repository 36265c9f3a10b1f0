/// Shows the key that secrets are sealed with as JSON documents for programs: never the key itself.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "application/secrets_key.h"

namespace apportion {

nlohmann::ordered_json secrets_key_json(const SecretsKey& key);
nlohmann::ordered_json rotated_key_json(const RotatedKey& rotated);

}  // namespace apportion
