// The state of one running call, shared by generated code, the interpreter and helpers.
// Entry: Context. Invariant: standard layout; generated code addresses members by offset, so no
// member is virtual or moves; a call sets the members before extra_results, and copies those that
// are the same for each call of a codec in one go.
#pragma once

#include <wirejit/error.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace wirejit {
class Arena;
class Buffer;
}  // namespace wirejit

namespace wirejit::jit {

class Module;
struct Scratch;

// What every helper returns: two words in the plain C calling convention (rax:rdx, x0:x1).
struct HelperResult {
  std::uint64_t first;
  std::uint64_t second;
};

struct Context;

// What copies many bytes to the output, and returns the end of what it wrote there.
using CopyFunction = std::uint8_t* (*)(std::uint8_t* to, const std::uint8_t* from, std::size_t size,
                                       Context& ctx) noexcept;
// The C library's, which takes no context.
[[nodiscard]] inline const void* plain_copy() noexcept {
  return reinterpret_cast<const void*>(&::mempcpy);
}

struct Context {
  // Pinned registers at entry; the thunk stores them back at exit.
  std::uint64_t r0 = 0;
  std::uint64_t r1 = 0;
  std::uint64_t w0 = 0;
  std::uint64_t w1 = 0;

  // At first the same for every call of a codec: CallConstants.
  std::uint64_t error_at = 0;  // reader position (an address) where the call failed
  std::uint16_t error = 0;     // Errc, or restart_code
  std::uint8_t attempt = 0;    // the engine's own: how the call runs
  bool prefix = false;         // what comes after the root value is not the call's
  std::int32_t depth_left = 64;
  std::uint64_t memory_left = 0;  // bytes that decoding may still allocate
  const Module* module = nullptr;
  const std::uint8_t* input_begin = nullptr;
  const std::uint8_t* input_end = nullptr;
  union {
    // Calls that write objects: what these point to lies here.
    Arena* arena;
    // Calls that write bytes: what copies more than 32 bytes to the output: plain_copy() or a
    // CopyFunction.
    const void* copy = plain_copy();
  };
  Scratch* scratch = nullptr;  // made on first use, freed by the call that owns the Context

  Buffer* output = nullptr;
  std::uint64_t output_limit = ~std::uint64_t{0};  // the output may not grow beyond this many bytes

  // Not initialised: further results of helpers, valid until the next helper call.
  std::uint64_t extra_results[5];
  // Not initialised: words that belong to the writer and to the reader.
  std::uint64_t writer_state[2];
  std::uint64_t reader_state[2];
};
// extra_results[extra_output_begin] is not a helper's: the address of the output's first byte, kept
// up to date by grow_output. A position in the output that must outlive growth is a distance from
// it.
inline constexpr unsigned extra_output_begin = 4;

// What a call copies into its Context instead of setting it word by word: [error_at, output).
struct CallConstants {
  static constexpr std::size_t begin = offsetof(Context, error_at);
  static constexpr std::size_t size = offsetof(Context, output) - begin;
  alignas(16) std::uint8_t bytes[size] = {};

  CallConstants() noexcept = default;
  explicit CallConstants(const Context& ctx) noexcept { std::memcpy(bytes, word(&ctx), size); }
  void copy_to(Context& ctx) const noexcept { std::memcpy(word(&ctx), bytes, size); }

 private:
  static const std::uint8_t* word(const Context* ctx) noexcept {
    return reinterpret_cast<const std::uint8_t*>(ctx) + begin;
  }
  static std::uint8_t* word(Context* ctx) noexcept {
    return reinterpret_cast<std::uint8_t*>(ctx) + begin;
  }
};

// Context::error when a Program gives up (`restart`): the caller may know another way.
inline constexpr std::uint16_t restart_code = 0xffff;
inline constexpr Errc restart_errc = static_cast<Errc>(restart_code);

// Context::error_at of helpers that know nothing of the reader: the position is that of r0
// when the call ends.
inline constexpr std::uint64_t at_cursor = 0;

// The failure returns of helpers: a null cursor, with code and position left in the context.
inline HelperResult fail(Context& ctx, Errc code, const void* at) noexcept {
  ctx.error = static_cast<std::uint16_t>(code);
  ctx.error_at = reinterpret_cast<std::uint64_t>(at);
  return {0, 0};
}

}  // namespace wirejit::jit
