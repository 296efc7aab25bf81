// A compiled codec: its module, and the facts about it that its calls use.
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
  const lower::FormatImpl* source = nullptr;  // the format that is read; kept by the module
  const Type* type = nullptr;                 // of the source's root; kept by the module
  bool reads_input = false;                   // the source is a message, not memory
  bool length_in_front = false;    // FormatImpl::length_in_front, where other values may follow
  bool may_link_bytes = false;     // FormatImpl::may_link_bytes of the target
  bool checks_duplicates = false;  // FormatImpl::has_duplicate_field is called before the first run
  // Transcoders: the fallback for inputs that one pass cannot convert. Others: null.
  std::shared_ptr<const RecordFallback> record_fallback;

  // Initializes a Context, except for its registers, limits and output.
  void begin(jit::Context& ctx) const noexcept { constants_.copy_to(ctx); }

  // Runs routine 0 with the registers of `ctx`.
  [[nodiscard]] std::uint64_t run(jit::Context& ctx) const noexcept {
    if (thunk_ != nullptr) [[likely]] {
      return jit::Code::enter(thunk_, ctx, entry_);
    }
    return jit::interpret(module, 0, ctx);
  }

  // Approximate memory use.
  [[nodiscard]] std::size_t bytes() const noexcept;

 private:
  friend class EngineImpl;
  void prepare_calls() noexcept;  // called last, when the module is complete

  jit::Entry thunk_ = nullptr;  // module.code->thunk(); null: the codec is interpreted
  jit::Entry entry_ = nullptr;  // routine 0
  jit::CallConstants constants_;
};

// The implementation of a public codec.
[[nodiscard]] inline const Compiled& compiled_of(
    const std::shared_ptr<const wirejit::detail::CodecState>& state) noexcept {
  return static_cast<const Compiled&>(*state);
}

using Handle = std::shared_ptr<const Compiled>;

// The two codecs of a conversion through a record.
struct RecordPair {
  Handle decoder;
  Handle encoder;
  std::size_t object_size = 0;
};

}  // namespace wirejit::engine
