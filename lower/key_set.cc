// Sets of seen keys. Maps nest, so the sets are a stack in the call's scratch memory; the memory of
// closed ones is kept.
#include "lower/key_set.h"

#include "jit/scratch.h"
#include "jit/steps.h"
#include "kernels/hash.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <new>
#include <random>
#include <vector>

namespace wirejit::lower {

using jit::add_steps;
using jit::at_cursor;
using jit::call_state;
using jit::Context;
using jit::helper;
using jit::HelperResult;
using jit::restart_code;
using jit::set_call_state;

namespace {

// Two hashes under different seeds: as a key that is rejected is final, they must not collide by
// chance, either.
struct Hash {
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  friend bool operator==(const Hash&, const Hash&) = default;
};

// Open addressing; all zero marks a free place.
class Hashes {
 public:
  void clear() noexcept {
    if (used_ == 0) {
      return;
    }
    add_steps(table_.size());
    // A table that one large set left is not cleared for each of many small ones.
    if (used_ < table_.size() / 8) {
      table_ = std::vector<Hash>();
    } else {
      table_.assign(table_.size(), Hash{});
    }
    used_ = 0;
  }
  // False if it was there. May throw bad_alloc.
  bool add(Hash hash) {
    hash.low += hash == Hash{} ? 1 : 0;
    if (used_ * 2 >= table_.size()) {
      grow();
    }
    const bool fresh = place(hash);
    used_ += fresh ? 1 : 0;
    return fresh;
  }

 private:
  bool place(const Hash& hash) noexcept {
    const std::size_t mask = table_.size() - 1;
    for (std::size_t at = hash.low & mask;; at = (at + 1) & mask) {
      if (table_[at] == hash) {
        return false;
      }
      if (table_[at] == Hash{}) {
        table_[at] = hash;
        return true;
      }
    }
  }
  void grow() {
    std::vector<Hash> old(table_.empty() ? 16 : table_.size() * 2);
    old.swap(table_);
    add_steps(table_.size());
    for (const Hash& h : old) {
      if (h != Hash{}) {
        place(h);
      }
    }
  }
  std::vector<Hash> table_;
  std::size_t used_ = 0;
};

// Drawn once: asking the system for each call would cost more than most calls.
std::uint64_t random_seed() {
  static const std::uint64_t seed =
      std::uint64_t{std::random_device{}()} << 32 | std::random_device{}();
  return seed;
}

struct Stack {
  std::vector<Hashes> sets;
  std::size_t open = 0;
  std::uint64_t seed = random_seed();
  [[nodiscard]] std::uint64_t second_seed() const noexcept { return ~seed * 0x9e3779b97f4a7c15; }
};

void destroy_stack(void* p) noexcept { delete static_cast<Stack*>(p); }

HelperResult no_memory(Context& ctx) noexcept {
  return fail(ctx, Errc::no_memory, reinterpret_cast<const void*>(ctx.r0));
}

HelperResult open(Context& ctx) noexcept {
  try {
    auto* stack = static_cast<Stack*>(call_state(ctx));
    if (stack == nullptr) {
      stack = new Stack;
      if (!set_call_state(ctx, stack, &destroy_stack)) {
        return {0, 0};
      }
    }
    if (stack->open == stack->sets.size()) {
      stack->sets.emplace_back();
    }
    stack->sets[stack->open++].clear();
    return {1, 0};
  } catch (...) {
    return no_memory(ctx);
  }
}

// True if the key is new; false leaves the error, or the restart, in the context.
bool add(Context& ctx, Stack& stack, const Hash& hash, std::uint64_t otherwise) noexcept {
  constexpr std::uint64_t entry_bytes = 2 * sizeof(Hash);
  if (ctx.memory_left < entry_bytes) {
    fail(ctx, Errc::memory_limit, reinterpret_cast<const void*>(ctx.r0));
    return false;
  }
  ctx.memory_left -= entry_bytes;
  try {
    if (stack.sets[stack.open - 1].add(hash)) {
      return true;
    }
    ctx.error = otherwise == 0 ? restart_code : static_cast<std::uint16_t>(otherwise);
    ctx.error_at = at_cursor;
  } catch (...) {
    no_memory(ctx);
  }
  return false;
}

HelperResult add_word(Context& ctx, std::uint64_t word, std::uint64_t otherwise) noexcept {
  auto& stack = *static_cast<Stack*>(call_state(ctx));
  const Hash hash{kernels::hash_u64(word, stack.seed),
                  kernels::hash_u64(word, stack.second_seed())};
  const bool fresh = add(ctx, stack, hash, otherwise);
  ctx.extra_results[0] = word;
  return {fresh ? 1U : 0U, 0};
}

// All NaNs are one key: no text tells one from another.
HelperResult add_double(Context& ctx, std::uint64_t word, std::uint64_t otherwise) noexcept {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  const bool is_nan = std::isnan(std::bit_cast<double>(word));
  const HelperResult done =
      add_word(ctx, is_nan ? std::bit_cast<std::uint64_t>(nan) : word, otherwise);
  ctx.extra_results[0] = word;
  return done;
}
HelperResult add_float(Context& ctx, std::uint64_t word, std::uint64_t otherwise) noexcept {
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  const bool is_nan = std::isnan(std::bit_cast<float>(static_cast<std::uint32_t>(word)));
  const HelperResult done =
      add_word(ctx, is_nan ? std::bit_cast<std::uint32_t>(nan) : word, otherwise);
  ctx.extra_results[0] = word;
  return done;
}

HelperResult add_bytes(Context& ctx, const char* data, std::size_t size,
                       std::uint64_t otherwise) noexcept {
  auto& stack = *static_cast<Stack*>(call_state(ctx));
  const Hash hash{kernels::hash_bytes(data, size, stack.seed),
                  kernels::hash_bytes(data, size, stack.second_seed())};
  const bool fresh = add(ctx, stack, hash, otherwise);
  ctx.extra_results[0] = reinterpret_cast<std::uint64_t>(data);
  ctx.extra_results[1] = size;
  return {fresh ? 1U : 0U, 0};
}

void close(Context& ctx) noexcept { --static_cast<Stack*>(call_state(ctx))->open; }

}  // namespace

const KeySetHelpers& key_set_helpers() noexcept {
  static const KeySetHelpers table{helper<&open>("key_set.open"),
                                   helper<&add_word>("key_set.add_word"),
                                   helper<&add_double>("key_set.add_double"),
                                   helper<&add_float>("key_set.add_float"),
                                   helper<&add_bytes>("key_set.add_bytes"),
                                   helper<&close>("key_set.close")};
  return table;
}

}  // namespace wirejit::lower
