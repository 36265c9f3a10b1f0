/// Other names of connections in a rule list: what another program called a bill source. Internal to this module.
#pragma once

#include <map>
#include <string>

#include "foundation/yaml/yaml_tree.h"
#include "pipeline/split/rule_file.h"

namespace apportion {

/// By another name: the connection.
using BillSourceNames = std::map<std::string, std::string>;

/// Reads `bill_sources` of a rule list: `{OTHER: CONNECTION}`. Notes what is not a map of texts.
BillSourceNames read_bill_source_names(const YamlNode& list, FileProblems& problems);

/// Makes each condition on a bill source that holds for another name of a connection hold for the connection, too.
void add_bill_source_names(const BillSourceNames& names, RuleList& list);

}  // namespace apportion
