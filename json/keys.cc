// Tables of names, made once for each codec.
#include "json/keys.h"

#include "kernels/hash.h"
#include "kernels/json_string.h"

#include <algorithm>
#include <bit>
#include <map>

namespace wirejit::json {

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

EnumNames::EnumNames(const EnumType& type, bool refuse_unknown_numbers)
    : refuse_unknown_numbers_(refuse_unknown_numbers) {
  std::map<std::int64_t, std::string>
      texts;  // of several names for a number, the first one is written
  for (const EnumValue& v : type.values) {
    names_.add(v.name, v.number);
    texts.try_emplace(v.number, quoted(v.name));
  }
  names_.freeze();
  texts_.assign(texts.begin(), texts.end());
  for (const auto& [number, text] : texts_) {
    longest_ = std::max(longest_, text.size());
  }
  dense_ = !texts_.empty() && texts_.back().first - texts_.front().first + 1 ==
                                  static_cast<std::int64_t>(texts_.size());
}

const std::string* EnumNames::text_of(std::int64_t number) const noexcept {
  if (dense_) {
    const auto k = static_cast<std::uint64_t>(number - texts_.front().first);
    return k < texts_.size() ? &texts_[k].second : nullptr;
  }
  const auto below = [](const auto& t, std::int64_t n) { return t.first < n; };
  const auto it = std::lower_bound(texts_.begin(), texts_.end(), number, below);
  return it != texts_.end() && it->first == number ? &it->second : nullptr;
}

std::string quoted(std::string_view text) {
  std::string out(6 * text.size() + 64, '\0');
  out[0] = '"';
  char* const end = kernels::escape(text.data(), text.size(), out.data() + 1);
  *end = '"';
  out.resize(static_cast<std::size_t>(end + 1 - out.data()));
  return out;
}

}  // namespace wirejit::json
