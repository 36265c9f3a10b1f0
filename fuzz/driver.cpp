// The main program of a fuzzer in builds without libFuzzer: runs every input of a corpus, then random mutations of
// them. A crash, an uncaught exception or a hang leaves the guilty input in a file and ends with exit code 1.
//
//   fuzz_NAME [--runs N] [--seconds S] [--seed N] [--keep FILE] FILE-OR-FOLDER…
//
// To look at a find again: fuzz_NAME --runs 0 FILE. The same seed and corpus give the same inputs.
#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
// Of the sanitizers' runtime, null without one.
extern "C" __attribute__((weak)) void __sanitizer_set_death_callback(  // NOLINT(bugprone-reserved-identifier)
    void (*callback)());

namespace {

constexpr std::size_t kInputBytesMax = std::size_t{1} << 16;
constexpr unsigned kHangSeconds = 20;
constexpr int kFoundExitCode = 1;
constexpr int kUsageExitCode = 2;

using Random = std::mt19937_64;
using namespace std::string_view_literals;  // NOLINT(google-build-using-namespace): the only way to a literal

struct Options {
  std::uint64_t runs = 20'000;
  std::uint64_t seconds = 0;  // 0: no limit
  std::uint64_t seed = std::random_device{}();
  std::string keep;
  std::vector<std::string> corpus;
};

// What a signal handler needs to know about the input in hand: plain data, since little else is allowed there.
struct {
  const std::string* input = nullptr;
  std::uint64_t run = 0;
  const char* keep = "";
} in_hand;

void write_all(int file, const char* data, std::size_t size) {
  while (size > 0) {
    const auto written = ::write(file, data, size);
    if (written <= 0) return;
    data += written;
    size -= static_cast<std::size_t>(written);
  }
}

// Only calls that are allowed in a signal handler, but for `snprintf` into a buffer of our own.
void keep_input() {
  if (in_hand.input == nullptr) return;
  const int file = ::open(in_hand.keep, O_CREAT | O_TRUNC | O_WRONLY, 0644);
  if (file >= 0) {
    write_all(file, in_hand.input->data(), in_hand.input->size());
    ::close(file);
  }
  std::array<char, 512> text{};
  const int length = std::snprintf(text.data(), text.size(), "fuzz: FOUND at run %llu, input of %zu bytes kept in %s\n",
                                   static_cast<unsigned long long>(in_hand.run), in_hand.input->size(), in_hand.keep);
  write_all(STDERR_FILENO, text.data(), std::min(static_cast<std::size_t>(length), text.size() - 1));
  in_hand.input = nullptr;
}

void on_signal(int) {
  keep_input();
  ::_exit(kFoundExitCode);
}

// On a stack of its own, since endless recursion is a likely find. A sanitizer reports memory errors better than we do.
void watch_for_crashes() {
  static std::array<char, std::size_t{1} << 16> handler_stack;
  stack_t stack{};
  stack.ss_sp = handler_stack.data();
  stack.ss_size = handler_stack.size();
  ::sigaltstack(&stack, nullptr);
  struct sigaction action {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_ONSTACK;
  const bool sanitized = __sanitizer_set_death_callback != nullptr;
  if (sanitized) __sanitizer_set_death_callback(keep_input);
  for (const int signal : {SIGABRT, SIGALRM}) ::sigaction(signal, &action, nullptr);
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL}) {
    if (!sanitized) ::sigaction(signal, &action, nullptr);
  }
}

void run(const std::string& input, std::uint64_t number) {
  in_hand.input = &input;
  in_hand.run = number;
  ::alarm(kHangSeconds);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
  ::alarm(0);
  in_hand.input = nullptr;
}

std::size_t draw(Random& random, std::size_t bound) {  // not std::uniform_int_distribution: it differs by library
  return bound == 0 ? 0 : static_cast<std::size_t>(random() % bound);
}

// What a mutation may take parts from.
struct Material {
  std::vector<std::string> inputs;
  std::vector<std::string> tokens;  // words and numbers of the inputs
};

void flip_bit(std::string& input, Random& random, const Material&) {
  if (input.empty()) return;
  char& byte = input[draw(random, input.size())];
  byte = static_cast<char>(static_cast<unsigned char>(byte) ^ (1U << draw(random, 8)));
}

void set_byte(std::string& input, Random& random, const Material&) {
  constexpr auto kBytes = "\0\x01\x7f\x80\xff\xc3\xef\xbb\xbf\t\n\r \"',;:.-+0123456789eE{}[]()/\\*&!|>%#@"sv;
  if (!input.empty()) input[draw(random, input.size())] = kBytes[draw(random, kBytes.size())];
}

void insert_token(std::string& input, Random& random, const Material& material) {
  if (material.tokens.empty()) return;
  input.insert(draw(random, input.size() + 1), material.tokens[draw(random, material.tokens.size())]);
}

void insert_hard_value(std::string& input, Random& random, const Material&) {
  constexpr auto kValues = std::to_array<std::string_view>({"-1", "0", "9223372036854775808", "1e308", "1E-400", "NaN",
                                                            "null", "99999999999999999999.999999999999999999", "-0.0",
                                                            "\"\"", "\"", "\r\n", "\xef\xbb\xbf", "\xed\xa0\x80", "../",
                                                            "2026-02-29", "13/13/2026", "[[[[[[[[", "{\"a\":{\"a\":{"});
  input.insert(draw(random, input.size() + 1), kValues[draw(random, kValues.size())]);
}

void erase_range(std::string& input, Random& random, const Material&) {
  if (!input.empty()) input.erase(draw(random, input.size()), 1 + draw(random, 16));
}

void repeat_range(std::string& input, Random& random, const Material&) {
  if (input.empty()) return;
  const std::string part = input.substr(draw(random, input.size()), 1 + draw(random, 64));
  for (std::size_t times = 1 + draw(random, 8); times > 0; --times) input.insert(draw(random, input.size() + 1), part);
}

void cut_off(std::string& input, Random& random, const Material&) { input.resize(draw(random, input.size() + 1)); }

void splice(std::string& input, Random& random, const Material& material) {
  const std::string& other = material.inputs[draw(random, material.inputs.size())];
  input.resize(draw(random, input.size() + 1));
  input += other.substr(draw(random, other.size() + 1));
}

constexpr auto kMutations = std::to_array<void (*)(std::string&, Random&, const Material&)>(
    {flip_bit, set_byte, set_byte, insert_token, insert_token, insert_hard_value, erase_range, repeat_range, cut_off,
     splice});

std::string mutated(const Material& material, Random& random) {
  std::string input = material.inputs[draw(random, material.inputs.size())];
  for (std::size_t changes = 1 + draw(random, 6); changes > 0; --changes) {
    kMutations[draw(random, kMutations.size())](input, random, material);
  }
  if (input.size() > kInputBytesMax) input.resize(kInputBytesMax);
  return input;
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
}

void collect_tokens(const std::string& input, std::vector<std::string>& tokens) {
  constexpr std::size_t kTokensMax = 10'000;
  for (auto at = input.begin(); at != input.end() && tokens.size() < kTokensMax;) {
    const auto first = std::find_if(at, input.end(), is_word);
    at = std::find_if_not(first, input.end(), is_word);
    if (first != at) tokens.emplace_back(first, at);
  }
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// All files of the corpus in the order of their paths, so that a seed means the same everywhere.
std::vector<std::filesystem::path> files_of(const std::vector<std::string>& corpus) {
  std::vector<std::filesystem::path> files;
  for (const std::string& path : corpus) {
    if (!std::filesystem::is_directory(path)) {
      files.emplace_back(path);
      continue;
    }
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool parse_number(const char* text, std::uint64_t& number) {
  const char* const end = text + std::strlen(text);
  const auto [stop, error] = std::from_chars(text, end, number);
  return error == std::errc() && stop == end;
}

bool parse_options(int count, char** words, Options& options) {
  options.keep = std::filesystem::path(words[0]).filename().string() + ".crash";
  for (int i = 1; i < count; ++i) {
    const std::string_view word = words[i];
    if (!word.starts_with("--")) {
      options.corpus.emplace_back(word);
      continue;
    }
    if (++i == count) return false;
    if (word == "--keep") {
      options.keep = words[i];
      continue;
    }
    std::uint64_t* const number = word == "--runs"      ? &options.runs
                                  : word == "--seconds" ? &options.seconds
                                  : word == "--seed"    ? &options.seed
                                                        : nullptr;
    if (number == nullptr || !parse_number(words[i], *number)) return false;
  }
  return !options.corpus.empty();
}

std::uint64_t run_mutations(const Material& material, const Options& options) {
  using Clock = std::chrono::steady_clock;
  const auto end = Clock::now() + std::chrono::seconds(options.seconds);
  Random random(options.seed);
  std::uint64_t done = 0;
  while (done < options.runs && (options.seconds == 0 || Clock::now() < end)) {
    run(mutated(material, random), material.inputs.size() + done);
    ++done;
  }
  return done;
}

}  // namespace

int main(int count, char** words) {
  Options options;
  if (!parse_options(count, words, options)) {
    std::fprintf(stderr, "usage: %s [--runs N] [--seconds S] [--seed N] [--keep FILE] FILE-OR-FOLDER...\n", words[0]);
    return kUsageExitCode;
  }
  in_hand.keep = options.keep.c_str();
  Material material;
  for (const auto& file : files_of(options.corpus)) {
    material.inputs.push_back(read_file(file));
    collect_tokens(material.inputs.back(), material.tokens);
  }
  if (material.inputs.empty()) {
    std::fprintf(stderr, "fuzz: the corpus has no files; give at least one input to start from\n");
    return kUsageExitCode;
  }
  std::printf("fuzz: seed %llu, %zu inputs\n", static_cast<unsigned long long>(options.seed), material.inputs.size());
  std::fflush(stdout);
  watch_for_crashes();
  for (std::size_t i = 0; i < material.inputs.size(); ++i) run(material.inputs[i], i);
  const std::uint64_t done = run_mutations(material, options);
  std::printf("fuzz: %llu mutations, nothing found\n", static_cast<unsigned long long>(done));
  return 0;
}
