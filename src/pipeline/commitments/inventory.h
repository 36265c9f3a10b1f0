/// Inventory: facts of several sources merged into commitments by id, ignoring case.
///
/// The same facts in any order give the same inventory.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/commitments/commitment.h"

namespace apportion {

/// Which commitment a row refers to, by what it names: all rows are learnt first, then it can be asked.
class CommitmentKeys {
 public:
  void learn(std::string_view id_text);
  /// The key of a commitment; `order/GUID` if only an order is named and it does not have exactly one commitment.
  /// Empty for an empty text.
  std::string key_of(std::string_view id_text) const;

 private:
  std::map<std::string, std::set<std::string>, std::less<>> ids_of_order_;
};

class Inventory {
 public:
  void add(CommitmentFact fact);
  /// A name at a point in time; the latest one is the name, the others are former names.
  void add_name(std::string_view id_text, std::string_view name, Day first, Day last);

  /// All commitments by key. Facts that name only an order go to its commitment, or stand on their own.
  std::vector<Commitment> commitments() const;

 private:
  struct SeenName {
    Day first;
    Day last;
  };
  CommitmentKeys keys_;
  std::vector<CommitmentFact> facts_;
  std::map<std::string, std::map<std::string, SeenName>> names_;  // by id text in lower case
};

}  // namespace apportion
