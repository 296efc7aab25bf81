// Scratch memory of one call.
#include "jit/scratch.h"

#include <cstdlib>
#include <new>
#include <utility>
#include <vector>

namespace wirejit::jit {

struct Scratch {
  struct Object {
    void* object;
    void (*destroy)(void*) noexcept;
  };
  Scratch() = default;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    while (!objects.empty()) {
      objects.back().destroy(objects.back().object);
      objects.pop_back();
    }
    if (state.object != nullptr) {
      state.destroy(state.object);
    }
    std::free(bytes);
  }
  std::uint8_t* bytes = nullptr;
  std::size_t size = 0;
  std::vector<Object> objects;
  Object state{nullptr, nullptr};
};

namespace {

Scratch* scratch_of(Context& ctx) noexcept {
  if (ctx.scratch == nullptr) {
    ctx.scratch = new (std::nothrow) Scratch;
    if (ctx.scratch == nullptr) {
      fail(ctx, Errc::no_memory, reinterpret_cast<const void*>(ctx.r0));
    }
  }
  return ctx.scratch;
}

}  // namespace

std::uint8_t* scratch_bytes(Context& ctx, std::size_t size) noexcept {
  Scratch* s = scratch_of(ctx);
  if (s == nullptr || (size <= s->size && s->bytes != nullptr)) {
    return s == nullptr ? nullptr : s->bytes;
  }
  std::size_t wanted = s->size < 256 ? 256 : s->size * 2;
  wanted = wanted < size ? size : wanted;
  if (wanted > ctx.memory_left) {
    fail(ctx, Errc::memory_limit, reinterpret_cast<const void*>(ctx.r0));
    return nullptr;
  }
  void* p = std::malloc(wanted + scratch_padding);
  if (p == nullptr) {
    fail(ctx, Errc::no_memory, reinterpret_cast<const void*>(ctx.r0));
    return nullptr;
  }
  ctx.memory_left -= wanted - s->size;
  std::free(s->bytes);
  s->bytes = static_cast<std::uint8_t*>(p);
  s->size = wanted;
  return s->bytes;
}

bool push_object(Context& ctx, void* object, void (*destroy)(void*) noexcept) noexcept {
  if (Scratch* s = scratch_of(ctx); s != nullptr) {
    try {
      s->objects.push_back({object, destroy});
      return true;
    } catch (const std::bad_alloc&) {
      fail(ctx, Errc::no_memory, reinterpret_cast<const void*>(ctx.r0));
    }
  }
  destroy(object);
  return false;
}

void* pop_object(Context& ctx) noexcept {
  void* object = ctx.scratch->objects.back().object;
  ctx.scratch->objects.pop_back();
  return object;
}

void* call_state(const Context& ctx) noexcept {
  return ctx.scratch == nullptr ? nullptr : ctx.scratch->state.object;
}

bool set_call_state(Context& ctx, void* object, void (*destroy)(void*) noexcept) noexcept {
  Scratch* s = scratch_of(ctx);
  if (s == nullptr) {
    destroy(object);
    return false;
  }
  s->state = {object, destroy};
  return true;
}

void free_scratch(Context& ctx) noexcept {
  delete ctx.scratch;
  ctx.scratch = nullptr;
}

}  // namespace wirejit::jit
