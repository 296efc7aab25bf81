// Runs a fuzz target without libFuzzer: on another CPU under an emulator, or with GCC. Inputs are
// mutations of the seeds; coverage does not guide them.
// Entry: main. Invariant: runs with equal seeds and inputs try the same inputs until their time is
// over; an input that ends the process is saved first.
//
//   NAME_fuzz [-seconds=N] [-seed=N] [-max_len=N] [-artifacts=PREFIX] FILE|FOLDER...
//
// Without a folder among the arguments, each file runs once, unchanged.
#include "tests/support/random_source.h"

#include <wirejit/codec.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
// Defined by targets that mutate the structure of their inputs; it calls LLVMFuzzerMutate.
extern "C" [[gnu::weak]] std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                                             std::size_t most, unsigned seed);
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t most);

namespace wirejit::fuzz {
namespace {

using test::Random;
using Clock = std::chrono::steady_clock;

constexpr unsigned timeout_seconds = 60;  // for one input

struct Arguments {
  std::uint64_t seconds = 60;
  std::uint64_t seed = 1;
  std::uint64_t max_len = 4096;
  std::string artifacts;
  std::vector<std::string> files;
  bool folder = false;
};

// ---- Saving the input that ends the process

// For the signal handler: the input that runs, and the file in which to save it.
struct Running {
  std::string_view input;
  std::array<char, 512> path{};
};
Running& running() {
  static Running r;
  return r;
}

void save_input_and_exit(int signal) {
  const Running& r = running();
  const int file = ::open(r.path.data(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file >= 0) {
    [[maybe_unused]] const auto written = ::write(file, r.input.data(), r.input.size());
    ::close(file);
  }
  constexpr std::string_view note = "\nthe input is saved as ";
  const std::string_view path = r.path.data();
  [[maybe_unused]] auto said = ::write(2, note.data(), note.size());
  said = ::write(2, path.data(), path.size());
  said = ::write(2, "\n", 1);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

void watch_signals() {
  static std::array<char, 65536> other_stack;  // the usual one may be exhausted
  const stack_t stack{.ss_sp = other_stack.data(), .ss_flags = 0, .ss_size = other_stack.size()};
  ::sigaltstack(&stack, nullptr);
  struct sigaction action{};
  action.sa_handler = save_input_and_exit;
  action.sa_flags = SA_ONSTACK | static_cast<int>(SA_RESETHAND);
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGALRM}) {
    ::sigaction(signal, &action, nullptr);
  }
}

void run_one(const std::string& input) {
  // In a block of its exact size, so that a memory checker finds reads beyond its end.
  const std::vector<std::uint8_t> bytes(input.begin(), input.end());
  running().input = input;
  ::alarm(timeout_seconds);
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
}

// ---- Mutations

// Edge values of lengths, counts and ids.
std::uint64_t edge(Random& r) {
  const std::uint64_t power = std::uint64_t{1} << r.below(64);
  switch (r.below(4)) {
    case 0: return power;
    case 1: return power - 1;
    case 2: return 0 - power;
    default: return r.below(20);
  }
}

// Writes a number of 1, 2, 4 or 8 bytes in either byte order.
void put_number(std::string& s, Random& r, std::uint64_t v) {
  const std::size_t width = std::size_t{1} << r.below(4);
  if (s.size() < width) {
    return;
  }
  const std::size_t at = r.below(s.size() - width + 1);
  const bool big = r.chance(75);
  for (std::size_t k = 0; k < width; ++k) {
    s[at + (big ? width - 1 - k : k)] = static_cast<char>(v >> (8 * k));
  }
}

std::string random_slice(const std::string& s, Random& r) {
  const std::size_t at = r.below(s.size());
  return s.substr(at, 1 + r.below(std::min<std::size_t>(s.size() - at, 40)));
}

void mutate(std::string& s, Random& r, const std::string& other) {
  static constexpr std::string_view words[] = {
      "null",   "true",        "-0",         "1e400",
      "1e-400", "\\u0000",     "\\ud800",    "\\ud83d\\ude00",
      "\"\"",   "[]",          "{}",         ",",
      ":",      "\"",          "\\",         "NaN",
      "[[[[[",  "{\"a\":",     "2147483648", "1.5e3",
      "\xc3",   "\xed\xa0\x80"};
  if (s.empty()) {
    s.push_back(static_cast<char>(r.next()));
    return;
  }
  const std::size_t at = r.below(s.size());
  switch (r.below(9)) {
    case 0: s[at] = static_cast<char>(s[at] ^ (1 << r.below(8))); break;
    case 1: s[at] = static_cast<char>(r.next()); break;
    case 2: put_number(s, r, edge(r)); break;
    case 3: s.erase(at, 1 + r.below(8)); break;
    case 4: s.insert(at, random_slice(s, r)); break;
    case 5: s.insert(at, random_slice(other, r)); break;
    case 6: s.insert(at, r.pick(words)); break;
    case 7: s.replace(at, std::string::npos, other, std::min(at, other.size())); break;
    default: s.resize(at); break;
  }
}

// A seed with a few changes. The first two bytes, which choose schema and setup, are changed more
// often than others.
std::string next_input(const std::vector<std::string>& seeds, Random& r, std::size_t max_len) {
  std::string s = seeds[r.below(seeds.size())];
  if (r.chance(25) && s.size() > 1) {
    s[1] = static_cast<char>(r.next());
  }
  if (r.chance(10)) {
    s[0] = static_cast<char>(r.next());
  }
  for (std::size_t left = r.below(6); left > 0; --left) {
    if (&LLVMFuzzerCustomMutator != nullptr) {
      const std::size_t size = std::min(s.size(), max_len);
      s.resize(max_len);
      s.resize(LLVMFuzzerCustomMutator(reinterpret_cast<std::uint8_t*>(s.data()), size, max_len,
                                       static_cast<unsigned>(r.next())));
    }
    mutate(s, r, seeds[r.below(seeds.size())]);
  }
  s.resize(std::min(s.size(), max_len));
  return s;
}

// ---- Arguments

[[noreturn]] void usage() {
  std::fprintf(stderr,
               "usage: [-seconds=N] [-seed=N] [-max_len=N] [-artifacts=PREFIX] FILE|FOLDER...\n");
  std::exit(2);
}

void parse_option(Arguments& a, std::string_view text) {
  const std::size_t equals = std::min(text.find('='), text.size());
  const std::string_view name = text.substr(0, equals);
  const std::string_view value = text.substr(std::min(equals + 1, text.size()));
  if (name == "-artifacts") {
    a.artifacts = value;
    return;
  }
  std::uint64_t* const number = name == "-seconds"   ? &a.seconds
                                : name == "-seed"    ? &a.seed
                                : name == "-max_len" ? &a.max_len
                                                     : nullptr;
  const std::string digits(value);
  char* end = nullptr;
  const unsigned long long v = std::strtoull(digits.c_str(), &end, 10);
  if (number == nullptr || digits.empty() || *end != '\0') {
    usage();
  }
  *number = v;
}

Arguments parse(const std::vector<std::string_view>& words) {
  Arguments a;
  for (const std::string_view word : words) {
    if (word.starts_with('-')) {
      parse_option(a, word);
    } else if (std::filesystem::is_directory(word)) {
      a.folder = true;
      for (const auto& entry : std::filesystem::directory_iterator(word)) {
        a.files.push_back(entry.path().string());
      }
    } else {
      a.files.emplace_back(word);
    }
  }
  std::ranges::sort(a.files);  // folders have no order
  return a;
}

std::vector<std::string> read_seeds(const Arguments& a) {
  std::vector<std::string> seeds;
  for (const std::string& path : a.files) {
    std::ifstream in(path, std::ios::binary);
    std::string bytes{std::istreambuf_iterator<char>(in), {}};
    if (!in.good() && !in.eof()) {
      std::fprintf(stderr, "cannot read %s\n", path.c_str());
      std::exit(1);
    }
    if (!bytes.empty()) {
      seeds.push_back(std::move(bytes));
    }
  }
  return seeds;
}

int run(const Arguments& a) {
  const std::vector<std::string> seeds = read_seeds(a);
  if (seeds.empty()) {
    usage();
  }
  const Engine engine;
  std::printf("engine: %s\n", engine.describe().c_str());
  if (!engine.generates_code()) {
    std::printf("warning: nothing is compared, both engines interpret\n");
  }
  std::fflush(stdout);
  const std::string path = a.artifacts + "crash-" + std::to_string(a.seed);
  path.copy(running().path.data(), running().path.size() - 1);
  watch_signals();
  const auto begin = Clock::now();
  const auto spent = [begin] {
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  std::uint64_t inputs = 0;
  for (const std::string& seed : seeds) {
    run_one(seed);
    ++inputs;
  }
  Random random(a.seed);
  while (a.folder && spent() < static_cast<double>(a.seconds)) {
    run_one(next_input(seeds, random, a.max_len));
    ++inputs;
  }
  ::alarm(0);
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  std::printf("%llu inputs in %.0f s, %.0f per second; peak memory %ld MB\n",
              static_cast<unsigned long long>(inputs), spent(),
              static_cast<double>(inputs) / std::max(spent(), 1e-3), usage.ru_maxrss / 1024);
  return 0;
}

}  // namespace
}  // namespace wirejit::fuzz

// A custom mutator calls this to change bytes; next_input does that itself.
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t*, std::size_t size, std::size_t) {
  return size;
}

int main(int argc, char** argv) try {
  using namespace wirejit::fuzz;
  return run(parse({argv + 1, argv + argc}));
} catch (const std::exception& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 1;
}
