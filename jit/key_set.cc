// Sets of seen keys. Maps nest, so the sets are a stack in the call's scratch memory; the memory of closed ones is kept.
#include "jit/key_set.h"

#include "jit/scratch.h"
#include "kernels/hash.h"

#include <cstdint>
#include <new>
#include <random>
#include <vector>

namespace wirejit::jit {

namespace {

// Open addressing over 64-bit hashes; 0 marks a free place.
class Hashes {
 public:
  void clear() noexcept {
    for (std::uint64_t& h : table_) {
      h = 0;
    }
    used_ = 0;
  }
  // False if it was there. May throw bad_alloc.
  bool add(std::uint64_t hash) {
    hash += hash == 0 ? 1 : 0;
    if (used_ * 2 >= table_.size()) {
      grow();
    }
    const bool fresh = place(hash);
    used_ += fresh ? 1 : 0;
    return fresh;
  }
  [[nodiscard]] std::size_t size() const noexcept { return table_.size(); }

 private:
  bool place(std::uint64_t hash) noexcept {
    const std::size_t mask = table_.size() - 1;
    for (std::size_t at = hash & mask;; at = (at + 1) & mask) {
      if (table_[at] == hash) {
        return false;
      }
      if (table_[at] == 0) {
        table_[at] = hash;
        return true;
      }
    }
  }
  void grow() {
    std::vector<std::uint64_t> old(table_.empty() ? 16 : table_.size() * 2);
    old.swap(table_);
    for (const std::uint64_t h : old) {
      if (h != 0) {
        place(h);
      }
    }
  }
  std::vector<std::uint64_t> table_;
  std::size_t used_ = 0;
};

struct Stack {
  std::vector<Hashes> sets;
  std::size_t open = 0;
  std::uint64_t seed = std::random_device{}();
};

void destroy_stack(void* p) noexcept { delete static_cast<Stack*>(p); }

Two no_memory(Context& ctx) noexcept { return fail(ctx, Errc::no_memory, reinterpret_cast<const void*>(ctx.r0)); }

Two open(Context& ctx) noexcept {
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

// True if the key is new; false leaves the restart, or the refusal, in the context.
bool add(Context& ctx, Stack& stack, std::uint64_t hash) noexcept {
  if (ctx.memory_left < 16) {
    fail(ctx, Errc::memory_limit, reinterpret_cast<const void*>(ctx.r0));
    return false;
  }
  ctx.memory_left -= 16;
  try {
    if (stack.sets[stack.open - 1].add(hash)) {
      return true;
    }
    ctx.error = restart_code;
    ctx.error_at = ctx.r0;
  } catch (...) {
    no_memory(ctx);
  }
  return false;
}

Two add_word(Context& ctx, std::uint64_t word) noexcept {
  auto& stack = *static_cast<Stack*>(call_state(ctx));
  const bool fresh = add(ctx, stack, kernels::hash_u64(word, stack.seed));
  ctx.aux[0] = word;
  return {fresh ? 1U : 0U, 0};
}

Two add_bytes(Context& ctx, const char* data, std::size_t size) noexcept {
  auto& stack = *static_cast<Stack*>(call_state(ctx));
  const bool fresh = add(ctx, stack, kernels::hash_bytes(data, size, stack.seed));
  ctx.aux[0] = reinterpret_cast<std::uint64_t>(data);
  ctx.aux[1] = size;
  return {fresh ? 1U : 0U, 0};
}

void close(Context& ctx) noexcept { --static_cast<Stack*>(call_state(ctx))->open; }

}  // namespace

const KeySetHelpers& key_set_helpers() noexcept {
  static const KeySetHelpers table{helper<&open>("key_set.open"), helper<&add_word>("key_set.add_word"),
                                   helper<&add_bytes>("key_set.add_bytes"), helper<&close>("key_set.close")};
  return table;
}

}  // namespace wirejit::jit
