// Sets of keys in the order of the maps that they belong to: the innermost is on top of the call's objects.
#include "json/key_set.h"

#include "jit/scratch.h"
#include "kernels/json_string.h"

#include <wirejit/seeded_hash.h>

#include <cstring>
#include <deque>
#include <new>
#include <string>
#include <string_view>
#include <unordered_set>

namespace wirejit::json {

class KeySet {
 public:
  // False if the key is there already.
  bool add(std::string_view raw) {
    if (std::memchr(raw.data(), '\\', raw.size()) != nullptr) {
      std::string& text = decoded_.emplace_back(raw.size(), '\0');
      const char* error_at = nullptr;
      text.resize(kernels::unescape(raw.data(), raw.data() + raw.size(), text.data(), &error_at));  // was checked
      raw = text;
    }
    return keys_.insert(raw).second;
  }

 private:
  std::unordered_set<std::string_view, SeededHash> keys_;  // in the input or in decoded_
  std::deque<std::string> decoded_;
};

namespace {

// Roughly what a key takes in the set, charged to the call's memory.
constexpr std::size_t key_cost = 64;

void destroy(void* set) noexcept { delete static_cast<KeySet*>(set); }

}  // namespace

jit::Two begin_keys(jit::Context& ctx) noexcept {
  const auto* const at = reinterpret_cast<const void*>(ctx.r0);
  try {
    auto* const set = new KeySet;
    if (!jit::push_object(ctx, set, destroy)) {
      return {0, 0};
    }
    return {reinterpret_cast<std::uint64_t>(set), 0};
  } catch (const std::bad_alloc&) {
    return jit::fail(ctx, Errc::no_memory, at);
  }
}

jit::Two add_key(jit::Context& ctx, KeySet& keys, const char* p, const char* behind) noexcept {
  const auto size = static_cast<std::size_t>(behind - 1 - p);
  const std::size_t cost = key_cost + size;
  if (cost > ctx.memory_left) {
    return jit::fail(ctx, Errc::memory_limit, p);
  }
  ctx.memory_left -= cost;
  try {
    return keys.add({p, size}) ? jit::Two{1, 0} : jit::fail(ctx, Errc::duplicate_key, p - 1);
  } catch (const std::bad_alloc&) {
    return jit::fail(ctx, Errc::no_memory, p);
  }
}

void end_keys(jit::Context& ctx) noexcept { destroy(jit::pop_object(ctx)); }

}  // namespace wirejit::json
