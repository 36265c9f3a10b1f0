#include "store/secret_box.h"

#include <array>
#include <cerrno>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include "foundation/base/check.h"
#include "foundation/base/files.h"
#include "foundation/base/next_step.h"
#include "foundation/base/text.h"

namespace apportion {
namespace {

constexpr std::size_t kKeyBytes = crypto_aead_xchacha20poly1305_ietf_KEYBYTES;
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kKeyIdBytes = 16;  // tells keys apart; says nothing about them
constexpr std::size_t kSealedBytesMin = kKeyIdBytes + kNonceBytes + kTagBytes;
constexpr std::uint64_t kKeyFileBytesMax = 64 << 10;
constexpr std::string_view kFormat = "sealed-1.";
constexpr std::string_view kKeyIdLabel = "apportion key id";
constexpr int kBase64 = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
constexpr const char* kGiveKey =
    "provide the key that the secrets were sealed with (APPORTION_KEY_FILE, APPORTION_KEY, or the file `key` of the "
    "home); if it is lost, enter the secrets of the connections again";

static_assert(kKeyBytes == 32);
using KeyBytes = std::array<unsigned char, kKeyBytes>;

void start_sodium() { APPORTION_CHECK(sodium_init() >= 0, "libsodium starts"); }

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

void wipe(std::string& text) { sodium_memzero(text.data(), text.size()); }

// Exactly 32 bytes as hex or base64 (either alphabet, with or without padding).
bool decode_key(std::string_view text, KeyBytes& key) {
  constexpr std::size_t kHexDigits = 2 * kKeyBytes;
  const char* end = nullptr;
  std::size_t size = 0;
  if (text.size() == kHexDigits &&
      sodium_hex2bin(key.data(), key.size(), text.data(), text.size(), nullptr, &size, &end) == 0 &&
      size == key.size() && end == text.data() + text.size()) {
    return true;
  }
  for (const int variant : {sodium_base64_VARIANT_ORIGINAL, sodium_base64_VARIANT_ORIGINAL_NO_PADDING,
                            sodium_base64_VARIANT_URLSAFE, sodium_base64_VARIANT_URLSAFE_NO_PADDING}) {
    const bool read =
        sodium_base642bin(key.data(), key.size(), text.data(), text.size(), nullptr, &size, &end, variant) == 0;
    if (read && size == key.size() && end == text.data() + text.size()) return true;
  }
  return false;
}

Result<void> read_key(std::string_view text, const std::string& source, KeyBytes& key) {
  text = trim(text);
  if (text.size() < kKeyBytes) {
    return Error{ErrorId::kSecretsKeyInvalid, "the key for the secrets cannot be used", source,
                 fmt::format("it has {} bytes; at least {} were expected", text.size(), kKeyBytes),
                 "create one: openssl rand -base64 32"};
  }
  if (!decode_key(text, key)) {
    crypto_generichash(key.data(), key.size(), bytes_of(text), text.size(), nullptr, 0);
  }
  return ok();
}

Result<void> read_key_file(const std::filesystem::path& file, KeyBytes& key) {
  APPORTION_ASSIGN(std::string text, read_file(file, kKeyFileBytesMax));
  auto read = read_key(text, file.string(), key);
  wipe(text);
  return read;
}

Result<void> check_private(const std::filesystem::path& file) {
  struct stat status {};
  if (::stat(file.c_str(), &status) != 0) return file_error("cannot read the key for the secrets", file, errno);
  if ((status.st_mode & (S_IRWXG | S_IRWXO)) == 0) return ok();
  return Error{ErrorId::kSecretsKeyExposed, "the key for the secrets cannot be used", file.string(),
               "others besides its owner may read or change it", fmt::format("chmod 600 {}", file.string())};
}

Result<void> write_new_file(const std::filesystem::path& path, std::string_view text) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) return file_error("cannot create the key for the secrets", path, errno);
  const bool written =
      ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && ::fsync(file) == 0;
  const int failure = errno;
  ::close(file);
  if (!written) return file_error("cannot write the key for the secrets", path, failure);
  return ok();
}

// Makes the key file whole or not at all. When two processes do it at once, both use the key of the first.
Result<void> make_key_file(const std::filesystem::path& file) {
  KeyBytes key{};
  randombytes_buf(key.data(), key.size());
  std::string text(2 * kKeyBytes + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), key.data(), key.size());
  sodium_memzero(key.data(), key.size());
  text.back() = '\n';
  std::filesystem::path temporary = file;
  temporary += "." + random_guid();
  auto made = write_new_file(temporary, text);
  wipe(text);
  const int linked = made ? ::link(temporary.c_str(), file.c_str()) : 0;
  const int failure = errno;
  ::unlink(temporary.c_str());
  APPORTION_TRY(std::move(made));
  if (linked != 0 && failure != EEXIST) return file_error("cannot create the key for the secrets", file, failure);
  return sync_to_disk(file.parent_path());
}

// A key file that somebody named, in the environment or by systemd's credentials.
std::optional<std::filesystem::path> named_key_file(const SecretBox::Variable& variable) {
  if (const auto file = variable("APPORTION_KEY_FILE"); file && !file->empty()) return *file;
  return std::nullopt;
}

std::optional<std::filesystem::path> systemd_key_file(const SecretBox::Variable& variable) {
  const auto folder = variable("CREDENTIALS_DIRECTORY");
  if (!folder || folder->empty()) return std::nullopt;
  std::filesystem::path file = std::filesystem::path(*folder) / "apportion-key";
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) return std::nullopt;
  return file;
}

Result<void> key_of_home(const std::filesystem::path& file, SecretBox::Use use, KeyBytes& key) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) {
    if (use == SecretBox::Use::kOpen) {
      return Error{ErrorId::kSecretsKeyMissing, "there is no key to unseal the secrets", file.string(),
                   "the file does not exist, and APPORTION_KEY_FILE and APPORTION_KEY are not set", kGiveKey};
    }
    APPORTION_TRY(make_key_file(file));
  }
  APPORTION_TRY(check_private(file));
  return read_key_file(file, key);
}

// Length first, so that no two names look the same.
std::string checked_name(const SecretName& name) {
  return fmt::format("{}:{}:{}", name.owner.size(), name.owner, name.purpose);
}

}  // namespace

struct SecretBox::Key {
  KeyBytes bytes{};
  std::array<unsigned char, kKeyIdBytes> id{};

  Key() = default;
  Key(const Key&) = delete;
  Key& operator=(const Key&) = delete;
  ~Key() { sodium_memzero(bytes.data(), bytes.size()); }
  void make_id() {
    crypto_generichash(id.data(), id.size(), bytes_of(kKeyIdLabel), kKeyIdLabel.size(), bytes.data(), bytes.size());
  }
};

SecretBox::SecretBox(std::unique_ptr<Key> key, std::string key_source)
    : key_(std::move(key)), key_source_(std::move(key_source)) {}
SecretBox::SecretBox(SecretBox&&) noexcept = default;
SecretBox& SecretBox::operator=(SecretBox&&) noexcept = default;
SecretBox::~SecretBox() = default;

Result<SecretBox> SecretBox::with_key_of(const std::filesystem::path& home, const Variable& variable, Use use) {
  start_sodium();
  auto key = std::make_unique<Key>();
  std::string source;
  auto text = variable("APPORTION_KEY");
  if (const auto file = named_key_file(variable)) {
    source = file->string();
    APPORTION_TRY(read_key_file(*file, key->bytes));
  } else if (text && !text->empty()) {
    source = "APPORTION_KEY";
    APPORTION_TRY(read_key(*text, source, key->bytes));
  } else if (const auto credential = systemd_key_file(variable)) {
    source = credential->string();
    APPORTION_TRY(read_key_file(*credential, key->bytes));
  } else {
    source = (home / "key").string();
    APPORTION_TRY(key_of_home(home / "key", use, key->bytes));
  }
  if (text) wipe(*text);
  key->make_id();
  return SecretBox(std::move(key), std::move(source));
}

std::string SecretBox::seal(std::string_view secret, const SecretName& name) const {
  std::vector<unsigned char> bytes(kSealedBytesMin + secret.size());
  std::copy(key_->id.begin(), key_->id.end(), bytes.begin());
  unsigned char* nonce = bytes.data() + kKeyIdBytes;
  randombytes_buf(nonce, kNonceBytes);
  const std::string context = checked_name(name);
  crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + kNonceBytes, nullptr, bytes_of(secret), secret.size(),
                                             bytes_of(context), context.size(), nullptr, nonce, key_->bytes.data());
  std::string text(sodium_base64_ENCODED_LEN(bytes.size(), kBase64), '\0');
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), kBase64);
  text.pop_back();  // its zero byte
  return std::string(kFormat) + text;
}

Result<std::string> SecretBox::open(std::string_view sealed, const SecretName& name) const {
  const std::string where = fmt::format("{} of {}", name.purpose, name.owner);
  const auto damaged = [&](std::string why) {
    return Error{ErrorId::kSealedSecretDamaged, "a sealed secret cannot be unsealed", where, std::move(why),
                 "enter the secret again: " + step(Step::kEditConnection)};
  };
  if (!sealed.starts_with(kFormat)) return damaged("it is not in the form this version writes");
  sealed.remove_prefix(kFormat.size());
  std::vector<unsigned char> bytes(sealed.size());
  std::size_t size = 0;
  const char* end = nullptr;
  // Base64 is longer than what it stands for, so a text that is too short needs no reading.
  const bool decoded =
      sealed.size() >= kSealedBytesMin &&
      sodium_base642bin(bytes.data(), bytes.size(), sealed.data(), sealed.size(), nullptr, &size, &end, kBase64) == 0 &&
      end == sealed.data() + sealed.size();
  if (!decoded || size < kSealedBytesMin) return damaged("it is cut off or damaged");
  if (!std::equal(key_->id.begin(), key_->id.end(), bytes.begin())) {
    return Error{ErrorId::kSealedSecretOfAnotherKey, "a sealed secret cannot be unsealed", where,
                 fmt::format("it was sealed with a key other than that of {}", key_source_), kGiveKey};
  }
  const unsigned char* nonce = bytes.data() + kKeyIdBytes;
  const std::size_t sealed_bytes = size - kKeyIdBytes - kNonceBytes;
  const std::string context = checked_name(name);
  std::string secret(sealed_bytes - kTagBytes, '\0');
  const bool opened = crypto_aead_xchacha20poly1305_ietf_decrypt(
                          reinterpret_cast<unsigned char*>(secret.data()), nullptr, nullptr, nonce + kNonceBytes,
                          sealed_bytes, bytes_of(context), context.size(), nonce, key_->bytes.data()) == 0;
  if (!opened) return damaged("it was changed, or belongs to something else");
  return secret;
}

}  // namespace apportion
