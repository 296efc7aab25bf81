// The public calls: the few instructions around a Program. Errors, chains and large limits are
// handled in functions that are not inlined, so that the fast path saves no registers for them;
// cmake/Library.cmake has the compiler flags of this file.
// Entry: CodecBase. Invariant: a call that fails leaves its output as it was.
#include "engine/call.h"
#include "engine/chain.h"
#include "engine/fallback.h"
#include "jit/scratch.h"

#include <wirejit/engine.h>

namespace wirejit {

using engine::Call;
using engine::commit_output;
using engine::Compiled;
using engine::initial_output_capacity;
using engine::set_input;
using engine::set_output;
using jit::Context;

namespace {

void start(const Compiled& c, Context& ctx, const Limits& limits, Buffer* out) noexcept {
  c.begin(ctx);
  engine::set_limits(ctx, limits);
  if (out != nullptr) {
    set_output(ctx, *out, engine::output_limit(limits, *out));
  }
}

bool finish(Context& ctx, std::uint64_t ok) noexcept {
  if (ctx.scratch != nullptr) {
    jit::free_scratch(ctx);
  }
  return ok != 0;
}

bool needs_slow_path(const Limits& limits, const Input& input) noexcept {
  return input.is_chain() || input.bytes().data() == nullptr ||
         input.bytes().size() > limits.input_bytes || !engine::fit_default_stack(limits);
}

// ---- Encoding

[[gnu::cold, gnu::noinline]] Result<void> encode_failed(const Compiled& c, const Context& ctx,
                                                        const void* object, Buffer& out,
                                                        std::size_t before, const Limits& limits) {
  out.set_size(before);
  return engine::retry_or_explain({.codec = &c, .source = object, .out = &out, .limits = &limits},
                                  ctx);
}

}  // namespace

CodecBase::CodecBase(const CodecBase& other) noexcept = default;
CodecBase& CodecBase::operator=(const CodecBase& other) noexcept = default;
CodecBase::~CodecBase() = default;

Result<void> CodecBase::encode_object(const void* object, Buffer& out,
                                      const CallOptions& call) const {
  const Compiled& c = engine::compiled_of(compiled_);
  if (!engine::fit_default_stack(call.limits)) [[unlikely]] {
    if (Result<void> valid = engine::check_limits(call.limits); !valid) {
      return valid;
    }
  }
  const std::size_t before = out.size();
  if (out.capacity() == 0 && !out.reserve(initial_output_capacity)) [[unlikely]] {
    return std::unexpected(Error(Errc::no_memory));
  }
  Context ctx;
  start(c, ctx, call.limits, &out);
  ctx.r0 = reinterpret_cast<std::uint64_t>(object);
  if (finish(ctx, c.run(ctx)) && commit_output(ctx, out)) [[likely]] {
    return {};
  }
  return encode_failed(c, ctx, object, out, before, call.limits);
}

// ---- Decoding

namespace {

// The arguments of a decoder's call.
struct Decoding {
  const Compiled& c;
  Bytes input;
  void* object;
  const CallOptions& options;
  const Arena::Mark* before;

  [[nodiscard]] Call call() const noexcept {
    return {.codec = &c,
            .input = input,
            .target = object,
            .arena = options.arena,
            .mark = before,
            .limits = &options.limits};
  }
};

[[gnu::cold, gnu::noinline]] Result<void> decode_failed(const Decoding& decoding,
                                                        const Context& ctx) {
  return engine::retry_or_explain(decoding.call(), ctx);
}

[[gnu::cold, gnu::noinline]] Result<void> decode_slow(const Decoding& decoding,
                                                      const Input& input) {
  Call call = decoding.call();
  if (Result<void> valid = engine::check_limits(*call.limits); !valid) {
    return valid;
  }
  Buffer copy;
  Result<engine::ContiguousInput> contiguous =
      engine::make_contiguous(*call.limits, input, call.arena, copy);
  if (!contiguous) {
    return std::unexpected(std::move(contiguous.error()));
  }
  call.input = contiguous->bytes;
  call.charged = contiguous->charged;
  Arena::Mark mark;
  if (call.mark != nullptr) {  // retries must not free the copied input
    mark = call.arena->mark();
    call.mark = &mark;
  }
  Context ctx;
  return engine::run(call, ctx) ? Result<void>{} : engine::retry_or_explain(call, ctx);
}

}  // namespace

Result<void> CodecBase::decode_object(const Input& input, void* object, const CallOptions& call,
                                      const Arena::Mark* before) const {
  const Compiled& c = engine::compiled_of(compiled_);
  const Decoding decoding{c, input.bytes(), object, call, before};
  if (needs_slow_path(call.limits, input)) [[unlikely]] {
    return decode_slow(decoding, input);
  }
  Context ctx;
  start(c, ctx, call.limits, nullptr);
  set_input(ctx, decoding.input);
  ctx.arena = call.arena;
  ctx.w0 = reinterpret_cast<std::uint64_t>(object);
  if (finish(ctx, c.run(ctx))) [[likely]] {
    return {};
  }
  return decode_failed(decoding, ctx);
}

// ---- Transcoding

namespace {

[[gnu::cold, gnu::noinline]] Result<void> convert_failed(const Call& call, const Context& ctx,
                                                         std::size_t before) {
  call.out->set_size(before);
  return engine::retry_or_explain(call, ctx);
}

// Inputs that are known to need a fallback skip the optimistic run, so that their nested
// conversions run once. Returns false if the fallback fails; the usual attempts then find the
// error.
[[gnu::cold, gnu::noinline]] bool convert_by_fallback_first(const Call& call) {
  return engine::needs_fallback(call) && engine::convert_by_fallback(call).has_value();
}

[[gnu::cold, gnu::noinline]] Result<void> convert_through_record(Call call) {
  call.attempt = engine::Attempt::record;
  return engine::convert_by_fallback(call);
}

// Converts one span. Inlined in convert(): an additional function call would cost 2 % of its time.
[[gnu::always_inline]] inline Result<void> convert_span(const Call& call) {
  const Compiled& c = *call.codec;
  Buffer& out = *call.out;
  if (c.options.debug.through_record) [[unlikely]] {
    return convert_through_record(call);
  }
  const std::size_t before = out.size();
  if (out.capacity() == 0 && !out.reserve(initial_output_capacity + call.input.size())) {
    return std::unexpected(Error(Errc::no_memory));
  }
  if (c.checks_duplicates && convert_by_fallback_first(call)) [[unlikely]] {
    return {};
  }
  Context ctx;
  start(c, ctx, *call.limits, &out);
  ctx.memory_left -= call.charged;
  set_input(ctx, call.input);
  if (finish(ctx, c.run(ctx)) && commit_output(ctx, out)) [[likely]] {
    return {};
  }
  return convert_failed(call, ctx, before);
}

[[gnu::cold, gnu::noinline]] Result<void> convert_slow(const Compiled& c, const Input& input,
                                                       Buffer& out, const Limits& limits) {
  if (Result<void> valid = engine::check_limits(limits); !valid) {
    return valid;
  }
  Buffer copy;
  Result<engine::ContiguousInput> contiguous =
      engine::make_contiguous(limits, input, nullptr, copy);
  if (!contiguous) {
    return std::unexpected(std::move(contiguous.error()));
  }
  return convert_span({.codec = &c,
                       .input = contiguous->bytes,
                       .out = &out,
                       .charged = contiguous->charged,
                       .limits = &limits});
}

}  // namespace

Result<void> CodecBase::convert(const Input& input, Buffer& out, const CallOptions& call) const {
  const Compiled& c = engine::compiled_of(compiled_);
  if (needs_slow_path(call.limits, input)) [[unlikely]] {
    return convert_slow(c, input, out, call.limits);
  }
  return convert_span({.codec = &c, .input = input.bytes(), .out = &out, .limits = &call.limits});
}

// ---- Between objects

Result<void> CodecBase::convert_object(const void* from, void* to, const CallOptions& call) const {
  if (Result<void> valid = engine::check_limits(call.limits); !valid) {
    return valid;
  }
  const Call object_call{.codec = &engine::compiled_of(compiled_),
                         .source = from,
                         .target = to,
                         .arena = call.arena,
                         .limits = &call.limits};
  Context ctx;
  return engine::run(object_call, ctx) ? Result<void>{}
                                       : engine::retry_or_explain(object_call, ctx);
}

}  // namespace wirejit
