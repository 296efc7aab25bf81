// Shared by the tests of kernels: memory between two inaccessible pages, so that a read or write of
// one byte too many ends the test; the CPU levels that can run here; random bytes.
#pragma once

#include "kernels/cpu.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::kernels {

inline const char* level_name(Level level) {
  switch (level) {
    case Level::baseline: return "baseline";
    case Level::avx2: return "avx2";
    case Level::avx512: return "avx512";
    case Level::neon: return "neon";
  }
  return "?";
}

inline void PrintTo(Level level, std::ostream* out) { *out << level_name(level); }

inline std::vector<Level> levels_here() {
  switch (detect_level()) {
    case Level::baseline: return {Level::baseline};
    case Level::avx2: return {Level::baseline, Level::avx2};
    case Level::avx512: return {Level::baseline, Level::avx2, Level::avx512};
    case Level::neon: return {Level::baseline, Level::neon};
  }
  return {};
}

class GuardedPages {
 public:
  explicit GuardedPages(std::size_t at_least = 8192) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    size_ = (at_least + page - 1) / page * page;
    mapped_ = size_ + 2 * page;
    base_ =
        static_cast<char*>(mmap(nullptr, mapped_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (base_ == MAP_FAILED) {
      std::abort();
    }
    data_ = base_ + page;
    if (mprotect(data_, size_, PROT_READ | PROT_WRITE) != 0) {
      std::abort();
    }
  }
  ~GuardedPages() { munmap(base_, mapped_); }
  GuardedPages(const GuardedPages&) = delete;
  GuardedPages& operator=(const GuardedPages&) = delete;

  // n bytes after the front guard; n bytes before the back guard.
  char* front() { return data_; }
  char* back(std::size_t n) { return data_ + size_ - n; }
  char* back(std::string_view text) {
    char* p = back(text.size());
    std::memcpy(p, text.data(), text.size());
    return p;
  }
  char* front(std::string_view text) {
    std::memcpy(data_, text.data(), text.size());
    return data_;
  }

 private:
  std::size_t size_ = 0;
  std::size_t mapped_ = 0;
  char* base_ = nullptr;
  char* data_ = nullptr;
};

inline std::string random_bytes(std::mt19937_64& random, std::size_t n,
                                std::string_view alphabet = {}) {
  std::string s(n, '\0');
  for (char& c : s) {
    const std::uint64_t r = random();
    c = alphabet.empty() ? static_cast<char>(r) : alphabet[r % alphabet.size()];
  }
  return s;
}

}  // namespace wirejit::kernels
