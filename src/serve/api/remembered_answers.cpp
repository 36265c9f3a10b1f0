#include "serve/api/remembered_answers.h"

#include "foundation/base/content_hash.h"

namespace apportion {
namespace {

// The memory that a document needs, about.
std::int64_t bytes_of(const Json& document) {
  auto bytes = static_cast<std::int64_t>(sizeof(document));
  if (const auto* text = document.get_ptr<const std::string*>()) {
    return bytes + static_cast<std::int64_t>(sizeof(*text) + text->capacity());
  }
  constexpr std::int64_t kBytesBesideField = 80;  // its name and its place among the others
  if (document.is_object()) bytes += kBytesBesideField * static_cast<std::int64_t>(document.size());
  for (const auto& part : document) {
    if (document.is_structured()) bytes += bytes_of(part);
  }
  return bytes;
}

std::int64_t bytes_of_invoices(const InvoicesOfScope& invoices) {
  std::size_t bytes = sizeof(invoices);
  for (const Reconciliation& one : invoices.compared.reconciliations) {
    bytes += one.sums.size() * sizeof(DifferenceSum);
    for (const Difference& difference : one.differences) {
      const ReconciledKey& key = difference.key;
      bytes += sizeof(difference) + key.invoice.capacity() + key.customer.capacity() + key.subscription.capacity() +
               key.product.capacity() + key.meter.capacity() + key.resource.capacity() +
               difference.first_line.capacity();
    }
  }
  for (const InvoiceProof& one : invoices.compared.invoices) {
    bytes += sizeof(one) + one.classes.size() * sizeof(DifferenceSum);
  }
  return static_cast<std::int64_t>(bytes + invoices.others.size() * sizeof(InvoiceCharges));
}

std::int64_t bytes_of_migration(const Migration& migration) {
  std::size_t bytes = sizeof(migration);
  for (const MigratedAmount& amount : migration.amounts) {
    const MigrationKey& key = amount.key;
    bytes += sizeof(amount) + key.customer.capacity() + key.legacy_name.capacity() + key.subscription.capacity() +
             key.product.capacity() + amount.first_line.capacity() + amount.other_customer.capacity();
  }
  for (const MigratedCustomer& one : migration.customers) {
    constexpr std::size_t kBytesOfClass = 80;
    bytes += sizeof(one) + one.customer.capacity() + one.legacy_name.capacity() + one.name.capacity() +
             one.differences.size() * kBytesOfClass;
  }
  for (const MigrationGain& gain : migration.gains) bytes += sizeof(gain) + gain.customer.capacity();
  return static_cast<std::int64_t>(bytes);
}

}  // namespace

std::string RememberedQuestion::key() const {
  ContentHash hash;
  hash.add(operation).add(std::to_string(static_cast<unsigned>(caller.audience))).add(today).add(text);
  hash.add(caller.customers ? "of customers" : "of all");
  if (caller.customers) {
    for (const CustomerId& customer : *caller.customers) hash.add(customer.raw());
  }
  return hash.hex();
}

RememberedAnswers::RememberedAnswers(std::int64_t bytes_max) : Remembered(bytes_max, bytes_max / 4, &bytes_of) {}

RememberedInvoices::RememberedInvoices(std::int64_t bytes_max) : Remembered(bytes_max, bytes_max, &bytes_of_invoices) {}

RememberedMigrations::RememberedMigrations(std::int64_t bytes_max)
    : Remembered(bytes_max, bytes_max, &bytes_of_migration) {}

}  // namespace apportion
