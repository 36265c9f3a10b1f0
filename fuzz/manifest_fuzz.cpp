// Any bytes as a manifest: it is read or refused with a reason, and what is read keeps the promises of its header.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "pipeline/fetch/manifest.h"

namespace {

bool keeps_its_promises(const apportion::Manifest& manifest, apportion::Day today) {
  const apportion::RunPeriod& period = manifest.period;
  bool kept = !manifest.run_id.empty() && period.first_day <= period.last_day &&
              period.month.contains(period.first_day) && period.month.contains(period.last_day) &&
              period.month <= apportion::Month::of(today);
  std::int64_t bytes = 0;
  for (const apportion::ManifestBlob& blob : manifest.blobs) {
    const auto levels = apportion::path_levels(blob.name);
    kept = kept && !levels.empty() && blob.bytes >= 0 && blob.rows.value_or(0) >= 0 && blob.name.front() != '/';
    kept = kept && !__builtin_add_overflow(bytes, blob.bytes, &bytes);
    for (const auto& level : levels) kept = kept && level != ".." && level.find('\\') == std::string::npos;
  }
  return kept;
}

bool says_why(const apportion::Error& error) {
  return error.kind() == apportion::ErrorKind::kBadInput && !error.what.empty() && !error.where.empty() &&
         !error.why.empty() && !error.next.empty();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const apportion::Day today = *apportion::Day::parse("2026-11-22");
  const auto manifest = apportion::parse_manifest(text, "manifest.json", today);
  if (manifest ? !keeps_its_promises(*manifest, today) : !says_why(manifest.error())) std::abort();
  return 0;
}
