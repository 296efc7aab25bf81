// Tables of names: open addressing, made once.
#include "lower/name_table.h"

#include "kernels/hash.h"

#include <bit>

namespace wirejit::lower {

namespace {
constexpr std::uint64_t name_seed = 0x2545f4914f6cdd1d;
}

std::uint64_t NameTable::hash(const char* p, std::size_t n) noexcept {
  return kernels::hash_bytes(p, n, name_seed);
}

void NameTable::add(std::string_view name, std::int64_t value) {
  const std::string& kept = texts_.emplace_back(name);
  entries_.push_back({kept.data(), kept.size(), value});
}

void NameTable::freeze() {
  slots_.assign(std::bit_ceil(entries_.size() * 2 + 2), Slot{});
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    if (find(entries_[i].text, entries_[i].size) != nullptr) {
      continue;
    }
    const std::uint64_t h = hash(entries_[i].text, entries_[i].size);
    std::size_t at = h & mask;
    while (slots_[at].entry != 0) {
      at = (at + 1) & mask;
    }
    slots_[at] = {static_cast<std::uint32_t>(h >> 32), static_cast<std::uint32_t>(i + 1)};
  }
}

const NameTable::Entry* NameTable::find(const char* p, std::size_t n) const noexcept {
  const std::size_t mask = slots_.size() - 1;
  const std::uint64_t h = hash(p, n);
  const auto tag = static_cast<std::uint32_t>(h >> 32);
  for (std::size_t at = h & mask; slots_[at].entry != 0; at = (at + 1) & mask) {
    if (slots_[at].tag == tag) {
      const Entry& e = entries_[slots_[at].entry - 1];
      if (e.size == n && equal_bytes(e.text, p, n)) {
        return &e;
      }
    }
  }
  return nullptr;
}

}  // namespace wirejit::lower
