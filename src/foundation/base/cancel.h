/// Cancel: the wish to stop, heard at once by everything that waits for the network, and by long work between two of
/// its units.
///
/// Copies share one wish. Thread-safe; `request` may be called from any thread (not from a signal handler).
#pragma once

#include <chrono>
#include <memory>

#include "foundation/base/result.h"

namespace apportion {

class Cancel {
 public:
  Cancel();
  void request() const;
  bool requested() const;
  /// A wish of its own that is there, too, when this one is.
  Cancel child() const;
  /// Waits; false as soon as the wish is there, true when the time went by without it.
  bool wait_for(std::chrono::milliseconds time) const;

 private:
  struct State;
  static void request(State& state);
  std::shared_ptr<State> state_;
};

/// The error of what was cancelled: kInterrupted. Whatever changes a home does so whole or not at all.
Error cancelled_error(std::string where);

}  // namespace apportion
