/// Charges for tests of this folder, as small tables with whom they are assigned to.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "pipeline/commitments/commitment_data.h"
#include "pipeline/commitments/reallocation.h"

namespace apportion {

/// A charge by column name; columns that are left out are null, or what a charge cannot be without. Row ids count
/// from 1.
struct TestCharge {
  std::map<std::string, std::string> columns;
  std::string customer = "buyer";
  std::map<std::string, std::string> shares = {};  ///< Effective cost by customer, in place of `customer`.
};

inline constexpr const char* kTestReservation =
    "/providers/microsoft.capacity/reservationorders/aaaaaaaa-0000-4000-8000-000000000001/reservations/"
    "bbbbbbbb-0000-4000-8000-000000000001";
inline constexpr const char* kTestReservationKey = "bbbbbbbb-0000-4000-8000-000000000001";

/// Used, unused and bought, with the cost in both currencies.
TestCharge used(const std::string& day, const std::string& cost, const std::string& customer,
                const std::string& id = kTestReservation);
TestCharge unused(const std::string& day, const std::string& cost, const std::string& id = kTestReservation);
TestCharge bought(const std::string& day, const std::string& cost, const std::string& frequency = "One-Time",
                  const std::string& id = kTestReservation);
/// A charge with other columns in addition.
TestCharge with(TestCharge charge, const std::map<std::string, std::string>& columns);

/// An engine with the named relations over these charges, and the views of this module.
Engine engine_with(const std::vector<TestCharge>& charges);

/// The inventory, all months from August to December 2026 being there.
CommitmentData data_of(Engine& engine, const std::vector<CommitmentFact>& facts = {});

/// What a list of policies moves: `billed/effective` by customer.
std::map<std::string, std::string> moves_of(Engine& engine, const std::string& policies);

}  // namespace apportion
