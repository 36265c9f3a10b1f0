/// Memory that was freed but is still held.
#pragma once

namespace apportion {

/// Gives the memory back to the system that the allocator keeps after it was freed. To call after large work that used
/// threads: each of them has a part of the memory, which the work of other threads does not use.
void give_back_free_memory();

}  // namespace apportion
