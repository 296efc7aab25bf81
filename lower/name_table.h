// Names looked up by text: keys of structs, members of enums, ...
// Entry: NameTable. Invariant: immutable once frozen; kept alive by the Module whose Programs refer
// to it.
#pragma once

#include "kernels/bits.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::lower {

// Whether the n bytes at a and b are equal; no call for the lengths that keys have.
inline bool equal_bytes(const char* a, const char* b, std::size_t n) noexcept {
  using kernels::load;
  if (n > 16) {
    return std::memcmp(a, b, n) == 0;
  }
  if (n >= 8) {
    return ((load<std::uint64_t>(a) ^ load<std::uint64_t>(b)) |
            (load<std::uint64_t>(a + n - 8) ^ load<std::uint64_t>(b + n - 8))) == 0;
  }
  return kernels::load_partial8(a, n) == kernels::load_partial8(b, n);
}

// A hash table from text to a number. Open addressing at most half full; names come from schemas,
// not from messages.
class NameTable {
 public:
  struct Entry {
    const char* text;
    std::size_t size;
    std::int64_t value;
  };

  // A name that is there already keeps its first value.
  void add(std::string_view name, std::int64_t value);
  void freeze();

  [[nodiscard]] const Entry* find(const char* p, std::size_t n) const noexcept;
  [[nodiscard]] const std::vector<Entry>& entries() const noexcept { return entries_; }

 private:
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t entry = 0;  // index + 1; 0 if empty
  };
  static std::uint64_t hash(const char* p, std::size_t n) noexcept;

  std::deque<std::string> texts_;
  std::vector<Entry> entries_;
  std::vector<Slot> slots_;
};

}  // namespace wirejit::lower
