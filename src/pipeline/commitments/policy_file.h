/// The policy file: who bears the cost of which commitment, as people write it (docs/commitments.md).
///
/// A file is a list of dated lists; a month uses the latest that is effective; the first policy that takes a commitment
/// wins. A commitment that no policy takes stays as Microsoft bills it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "foundation/base/date.h"
#include "foundation/base/result.h"
#include "foundation/model/ids.h"
#include "foundation/money/decimal.h"
#include "foundation/yaml/yaml_tree.h"
#include "pipeline/commitments/commitment.h"

namespace apportion {

/// What happens to the cost of what was used.
enum class UsedCost {
  kLeave,         ///< Effective cost stays with whoever used it, billed cost with whoever bought it: nothing moves.
  kInProportion,  ///< Billed cost follows: each customer is billed what its use cost, the buyer that much less.
  kBuyer,         ///< The buyer bears it: the effective cost goes from whoever used it to the buyer.
};

/// What happens to the cost of what was not used.
enum class UnusedCost {
  kBuyer,   ///< It stays.
  kByUse,   ///< To whoever used the commitment in the month, in proportion to the effective cost of that use.
  kKey,     ///< To all of a key, whatever they used.
  kShares,  ///< To whoever used less on a day than its share of the commitment, in proportion to what is missing.
};

/// Percentages that sum to 100, in file order.
using CustomerShares = std::vector<std::pair<CustomerId, Decimal>>;

/// Which commitments a policy matches: all conditions given must hold; without any, all commitments.
struct CommitmentChoice {
  std::vector<std::string> ids;  ///< As `parse_commitment_id` takes them.
  std::optional<CommitmentKind> kind;
  std::vector<std::string> names;   ///< Begin like this, ignoring case.
  std::vector<std::string> buyers;  ///< Customer ids.
  bool takes(const std::string& key, CommitmentKind kind_of, std::string_view name, std::string_view buyer) const;
};

struct CommitmentPolicy {
  std::string name;
  TextPosition at;
  CommitmentChoice choice;
  std::optional<CustomerId> buyer;  ///< Who bears what is moved; unset: the buyer.
  UsedCost used = UsedCost::kLeave;
  UnusedCost unused = UnusedCost::kBuyer;
  CustomerShares shares;  ///< Of the key, or by contract.
  bool as_group = false;  ///< Use counts over all commitments of the policy together, not for each of them.
};

struct CommitmentPolicyList {
  Month effective = Month::of(Day(0));
  TextPosition at;
  std::vector<CommitmentPolicy> policies;
};

struct CommitmentPolicyFile {
  std::vector<CommitmentPolicyList> lists;  ///< By month, each month once.
};

struct CommitmentPolicyReading {
  CommitmentPolicyFile file;
  std::vector<Error> errors;  ///< In file order, at most 20.
};

CommitmentPolicyReading read_policy_file(std::string_view text, std::string_view file_name);
/// The same for callers that need the file or one error.
Result<CommitmentPolicyFile> parse_policy_file(std::string_view text, std::string_view file_name);

/// The list in force in a month; null if none is yet.
const CommitmentPolicyList* policies_in_force(const CommitmentPolicyFile& file, Month month);

/// All customers that a file names, each once.
std::vector<CustomerId> customers_named(const CommitmentPolicyFile& file);

}  // namespace apportion
