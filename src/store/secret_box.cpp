#include "store/secret_box.h"

#include <algorithm>
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
constexpr std::size_t kFingerprintBytes = 4;  // of the key's id
constexpr std::string_view kKeyFile = "key";
constexpr std::string_view kTwoKeys = "rotating\n";  // how a key file with two keys begins; each has a line after it
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

std::string hex_of(const unsigned char* bytes, std::size_t size) {
  std::string text(2 * size + 1, '\0');
  sodium_bin2hex(text.data(), text.size(), bytes, size);
  text.pop_back();  // its zero byte
  return text;
}

std::string key_line(const KeyBytes& key) { return hex_of(key.data(), key.size()) + '\n'; }

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
  std::string text = key_line(key);
  sodium_memzero(key.data(), key.size());
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

/// The keys of a home: one, or two while it is being rotated.
struct HomeKeys {
  KeyBytes& key;     ///< The one that seals.
  KeyBytes& before;  ///< Of the rotation; filled in if there are two.
};

// Whether there are two.
Result<bool> read_home_keys(const std::filesystem::path& file, HomeKeys keys) {
  APPORTION_ASSIGN(std::string text, read_file(file, kKeyFileBytesMax));
  const std::string_view whole = text;
  const bool are_two = whole.starts_with(kTwoKeys);
  constexpr std::size_t kLineBytes = 2 * kKeyBytes + 1;
  Result<void> read = ok();
  if (are_two) {
    const bool is_whole = whole.size() == kTwoKeys.size() + 2 * kLineBytes &&
                          decode_key(trim(whole.substr(kTwoKeys.size(), kLineBytes)), keys.key) &&
                          decode_key(trim(whole.substr(kTwoKeys.size() + kLineBytes)), keys.before);
    if (!is_whole) {
      read = Error{ErrorId::kSecretsKeyInvalid, "the key for the secrets cannot be used", file.string(),
                   "it should hold the two keys of a rotation, and does not", kGiveKey};
    }
  } else {
    read = read_key(whole, file.string(), keys.key);
  }
  wipe(text);
  APPORTION_TRY(std::move(read));
  return are_two;
}

// Whether there are two.
Result<bool> keys_of_home(const std::filesystem::path& file, SecretBox::Use use, HomeKeys keys) {
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) {
    if (use == SecretBox::Use::kOpen) {
      return Error{ErrorId::kSecretsKeyMissing, "there is no key to unseal the secrets", file.string(),
                   "the file does not exist, and APPORTION_KEY_FILE and APPORTION_KEY are not set", kGiveKey};
    }
    APPORTION_TRY(make_key_file(file));
  }
  APPORTION_TRY(check_private(file));
  return read_home_keys(file, keys);
}

// The new file has the owner of the old one, also if root replaces it.
Result<void> replace_key_file(const std::filesystem::path& file, std::string text) {
  struct stat status {};
  const bool was_there = ::stat(file.c_str(), &status) == 0;
  auto written = write_file_atomically(file, text);
  wipe(text);
  APPORTION_TRY(std::move(written));
  if (!was_there || status.st_uid == ::geteuid()) return ok();
  if (::chown(file.c_str(), status.st_uid, status.st_gid) == 0) return ok();
  return file_error("cannot give the key for the secrets back to its owner", file, errno);
}

// What `seal` wrote, as bytes; nothing if it is cut off or damaged.
std::optional<std::vector<unsigned char>> sealed_bytes(std::string_view sealed) {
  if (!sealed.starts_with(kFormat)) return std::nullopt;
  sealed.remove_prefix(kFormat.size());
  if (sealed.size() < kSealedBytesMin) return std::nullopt;  // base64 is longer than what it stands for
  std::vector<unsigned char> bytes(sealed.size());
  std::size_t size = 0;
  const char* end = nullptr;
  const bool decoded =
      sodium_base642bin(bytes.data(), bytes.size(), sealed.data(), sealed.size(), nullptr, &size, &end, kBase64) == 0;
  if (!decoded || end != sealed.data() + sealed.size() || size < kSealedBytesMin) return std::nullopt;
  bytes.resize(size);
  return bytes;
}

// Length first, so that no two names look the same.
std::string checked_name(const SecretName& name) {
  return fmt::format("{}:{}:{}", name.owner.size(), name.owner, name.purpose);
}

}  // namespace

struct SecretBox::Key {
  KeyBytes bytes{};
  std::array<unsigned char, kKeyIdBytes> id{};

  Key() { start_sodium(); }
  Key(const Key&) = default;
  Key& operator=(const Key&) = delete;
  ~Key() { sodium_memzero(bytes.data(), bytes.size()); }
  void make_id() {
    crypto_generichash(id.data(), id.size(), bytes_of(kKeyIdLabel), kKeyIdLabel.size(), bytes.data(), bytes.size());
  }
};

SecretBox::SecretBox() = default;
SecretBox::SecretBox(SecretBox&&) noexcept = default;
SecretBox& SecretBox::operator=(SecretBox&&) noexcept = default;
SecretBox::~SecretBox() = default;

Result<SecretBox> SecretBox::with_key_of(const std::filesystem::path& home, const Variable& variable, Use use) {
  auto key = std::make_unique<Key>();
  auto before = std::make_unique<Key>();
  bool are_two = false;
  SecretBox box;
  auto text = variable("APPORTION_KEY");
  if (const auto file = named_key_file(variable)) {
    box.key_source_ = file->string();
    APPORTION_TRY(read_key_file(*file, key->bytes));
  } else if (text && !text->empty()) {
    box.key_source_ = "APPORTION_KEY";
    APPORTION_TRY(read_key(*text, box.key_source_, key->bytes));
  } else if (const auto credential = systemd_key_file(variable)) {
    box.key_source_ = credential->string();
    APPORTION_TRY(read_key_file(*credential, key->bytes));
  } else {
    box.key_source_ = (home / kKeyFile).string();
    box.key_is_of_home_ = true;
    APPORTION_ASSIGN(are_two, keys_of_home(home / kKeyFile, use, {key->bytes, before->bytes}));
  }
  if (text) wipe(*text);
  box.add(std::move(key));
  if (are_two) box.add(std::move(before));
  return box;
}

Result<SecretBox> SecretBox::begin_rotation(const std::filesystem::path& home) {
  const std::filesystem::path file = home / kKeyFile;
  const Variable none = [](const char*) { return std::nullopt; };
  APPORTION_ASSIGN(const SecretBox box, with_key_of(home, none, Use::kOpen));
  if (!box.is_rotating()) {
    const auto made = std::make_unique<Key>();
    randombytes_buf(made->bytes.data(), made->bytes.size());
    std::string text(kTwoKeys);
    text.reserve(kTwoKeys.size() + 4 * kKeyBytes + 2);  // no copy of a key stays behind in memory
    text += key_line(made->bytes);
    text += key_line(box.keys_.front()->bytes);
    APPORTION_TRY(replace_key_file(file, std::move(text)));
  }
  return with_key_of(home, none, Use::kOpen);
}

Result<void> SecretBox::end_rotation(const std::filesystem::path& home) {
  APPORTION_ASSIGN(const SecretBox box, with_key_of(
                                            home, [](const char*) { return std::nullopt; }, Use::kOpen));
  return replace_key_file(home / kKeyFile, key_line(box.keys_.front()->bytes));
}

Result<SecretBox> SecretBox::followed_by_key_of(const std::filesystem::path& file) const {
  auto key = std::make_unique<Key>();
  APPORTION_TRY(check_private(file));
  APPORTION_TRY(read_key_file(file, key->bytes));
  SecretBox box;
  box.key_source_ = file.string();
  box.add(std::move(key));
  for (const auto& earlier : keys_) box.add(std::make_unique<Key>(*earlier));
  return box;
}

void SecretBox::add(std::unique_ptr<Key> key) {
  key->make_id();
  keys_.push_back(std::move(key));
}

std::string SecretBox::fingerprint() const { return hex_of(keys_.front()->id.data(), kFingerprintBytes); }

std::string SecretBox::earliest_fingerprint() const { return hex_of(keys_.back()->id.data(), kFingerprintBytes); }

std::optional<std::string> SecretBox::fingerprint_of(std::string_view sealed) {
  const auto bytes = sealed_bytes(sealed);
  if (!bytes) return std::nullopt;
  return hex_of(bytes->data(), kFingerprintBytes);
}

std::string SecretBox::seal(std::string_view secret, const SecretName& name) const {
  std::vector<unsigned char> bytes(kSealedBytesMin + secret.size());
  const Key& key = *keys_.front();
  std::copy(key.id.begin(), key.id.end(), bytes.begin());
  unsigned char* nonce = bytes.data() + kKeyIdBytes;
  randombytes_buf(nonce, kNonceBytes);
  const std::string context = checked_name(name);
  crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + kNonceBytes, nullptr, bytes_of(secret), secret.size(),
                                             bytes_of(context), context.size(), nullptr, nonce, key.bytes.data());
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
  const auto bytes = sealed_bytes(sealed);
  if (!bytes) return damaged("it is cut off or damaged");
  const auto key = std::ranges::find_if(
      keys_, [&](const auto& one) { return std::equal(one->id.begin(), one->id.end(), bytes->begin()); });
  if (key == keys_.end()) {
    return Error{ErrorId::kSealedSecretOfAnotherKey, "a sealed secret cannot be unsealed", where,
                 fmt::format("it was sealed with the key {}; that of {} is {}",
                             hex_of(bytes->data(), kFingerprintBytes), key_source_, fingerprint()),
                 kGiveKey};
  }
  const unsigned char* nonce = bytes->data() + kKeyIdBytes;
  const std::size_t encrypted_bytes = bytes->size() - kKeyIdBytes - kNonceBytes;
  const std::string context = checked_name(name);
  std::string secret(encrypted_bytes - kTagBytes, '\0');
  const bool opened = crypto_aead_xchacha20poly1305_ietf_decrypt(
                          reinterpret_cast<unsigned char*>(secret.data()), nullptr, nullptr, nonce + kNonceBytes,
                          encrypted_bytes, bytes_of(context), context.size(), nonce, (*key)->bytes.data()) == 0;
  if (!opened) return damaged("it was changed, or belongs to something else");
  return secret;
}

}  // namespace apportion
