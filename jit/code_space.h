// Executable memory and the code in it.
// Entry: CodeMemory::make, class Code. Invariant: no page is ever writable and executable, and
// nothing writes to a page that ran: a batch of code is written once, made final, and freed as a
// whole.
#pragma once

#include "jit/module.h"

#include <wirejit/error.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace wirejit::jit {

// How executable memory is come by. Both ways are tried, in this order; where both are denied,
// callers interpret.
enum class MemoryMeans : std::uint8_t {
  none,
  memory_file,  // written and sealed while not mapped, then mapped readable and executable
  protect,      // anonymous memory, made executable after it was written
};
std::string_view to_string(MemoryMeans means) noexcept;  // "none", "memory file", "protect"

struct MemoryOptions {
  bool allow_memory_file = true;
  bool allow_protect = true;
};

// A final mapping: executable up to `data_begin`, readable only after it.
class CodeMemory {
 public:
  // `data_begin` is a multiple of page_size(), or the image's size. Errc::code_memory if every
  // means is denied.
  static Result<CodeMemory> make(std::span<const std::uint8_t> image, std::size_t data_begin,
                                 const MemoryOptions& options = {});
  static std::size_t page_size() noexcept;
  // True if make() succeeds for a small image (what `doctor` reports).
  static MemoryMeans probe(const MemoryOptions& options = {}) noexcept;

  CodeMemory() = default;
  CodeMemory(CodeMemory&& other) noexcept;
  CodeMemory& operator=(CodeMemory&& other) noexcept;
  ~CodeMemory();

  [[nodiscard]] const std::uint8_t* begin() const noexcept { return begin_; }
  [[nodiscard]] std::size_t mapped_bytes() const noexcept { return size_; }
  [[nodiscard]] MemoryMeans means() const noexcept { return means_; }

 private:
  CodeMemory(const std::uint8_t* begin, std::size_t size, MemoryMeans means)
      : begin_(begin), size_(size), means_(means) {}

  const std::uint8_t* begin_ = nullptr;
  std::size_t size_ = 0;
  MemoryMeans means_ = MemoryMeans::none;
};

// Where one routine of a module lies in its Code.
struct RoutineCode {
  std::uint32_t entry = 0;  // offset of the compiled routine, if any
  std::uint32_t stub = 0;   // offset of the stub that interprets it
  std::uint32_t bytes = 0;  // 0: not compiled
  std::uint32_t instructions = 0;
  [[nodiscard]] bool is_compiled() const noexcept { return bytes != 0; }
};

// The generated code of a module. Immutable; frees itself. Thread-safe.
class Code {
 public:
  Code(CodeMemory memory, std::size_t code_bytes, std::uint32_t thunk,
       std::vector<RoutineCode> routines)
      : memory_(std::move(memory)),
        code_bytes_(code_bytes),
        thunk_(thunk),
        routines_(std::move(routines)) {}

  // What a slot of the module should hold: the routine, or its stub where it was not compiled.
  [[nodiscard]] Entry entry(std::size_t routine) const noexcept {
    const RoutineCode& r = routines_[routine];
    return memory_.begin() + (r.is_compiled() ? r.entry : r.stub);
  }
  [[nodiscard]] Entry stub(std::size_t routine) const noexcept {
    return memory_.begin() + routines_[routine].stub;
  }

  // Runs a routine with the pinned registers of `ctx`, and stores them back. Returns 0 after a
  // failure, with ctx.error.
#if defined(__clang__)
  [[clang::no_sanitize("function")]]  // generated code carries no type in front of its entry
#endif
  static std::uint64_t
  enter(Entry thunk, Context& ctx, Entry entry) noexcept {
    using Thunk = std::uint64_t (*)(Context*, Entry);
    return reinterpret_cast<Thunk>(reinterpret_cast<std::uintptr_t>(thunk))(&ctx, entry);
  }
  [[nodiscard]] Entry thunk() const noexcept { return memory_.begin() + thunk_; }
  std::uint64_t enter(Context& ctx, Entry entry) const noexcept {
    return enter(thunk(), ctx, entry);
  }

  [[nodiscard]] std::span<const RoutineCode> routines() const noexcept { return routines_; }
  [[nodiscard]] std::size_t code_bytes() const noexcept { return code_bytes_; }  // without data
  [[nodiscard]] const CodeMemory& memory() const noexcept { return memory_; }

 private:
  CodeMemory memory_;
  std::size_t code_bytes_;
  std::uint32_t thunk_;
  std::vector<RoutineCode> routines_;
};

}  // namespace wirejit::jit
