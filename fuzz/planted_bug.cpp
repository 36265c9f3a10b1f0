// A fuzz target with a bug in it, to see that the driver finds bugs: it stops on two colons in a row.
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (text.find("::") != std::string_view::npos) std::abort();
  return 0;
}
