// A codec as its calls see it: a module with what a call needs to know.
// Entry: Compiled. Invariant: immutable; everything that it points at is kept by its module.
#pragma once

#include "jit/code_space.h"
#include "jit/interpret.h"
#include "jit/module.h"
#include "lower/format.h"
#include "lower/options.h"

#include <wirejit/engine.h>
#include <wirejit/schema.h>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace wirejit::engine {

class RecordFallback;

class Compiled : public wirejit::detail::CodecState {
 public:
  jit::Module module;
  lower::CompileOptions options;
  const lower::FormatImpl* source = nullptr;  // what is read; kept by the module
  const Type* type = nullptr;                 // of the root, as the source has it; likewise
  bool reads_input = false;                   // the source is a message, not memory
  bool checks_duplicates = false;  // FormatImpl::has_duplicate_field is asked before a run
  // For transcoders: what calls use that one pass does not do for. Null: there is none.
  std::shared_ptr<const RecordFallback> record_fallback;

  // A Context as a call finds it, but for registers and output.
  void begin(jit::Context& ctx) const noexcept { constants_.copy_to(ctx); }

  // Runs routine 0 with the registers of `ctx`.
  [[nodiscard]] std::uint64_t run(jit::Context& ctx) const noexcept {
    if (thunk_ != nullptr) [[likely]] {
      return jit::Code::enter(thunk_, ctx, entry_);
    }
    return jit::interpret(module, 0, ctx);
  }

  // Memory that it takes, roughly.
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  friend class EngineImpl;
  void prepare_calls() noexcept;  // when all else is in place

  jit::Entry thunk_ = nullptr;  // of module.code, as is
  jit::Entry entry_ = nullptr;  // routine 0
  jit::CallConstants constants_;
};

// What stands behind a public codec.
[[nodiscard]] inline const Compiled& compiled_of(
    const std::shared_ptr<const wirejit::detail::CodecState>& state) noexcept {
  return static_cast<const Compiled&>(*state);
}

using Handle = std::shared_ptr<const Compiled>;

// Two codecs that convert through a record.
struct RecordPair {
  Handle decoder;
  Handle encoder;
  std::size_t object_size = 0;
};

}  // namespace wirejit::engine
