// The public calls: the few instructions around a Program. Errors, chains and large limits are
// handled in functions that are not inlined, so that the fast path saves no registers for them;
// cmake/Library.cmake has the compiler flags of this file.
// Entry: CodecBase. Invariant: a call that fails leaves its output as it was.
#include "engine/call.h"
#include "engine/chain.h"
#include "engine/fallback.h"
#include "engine/prefix.h"
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

// In this file `limits` is null for the default limits, which are constants. So calls with default
// limits and calls with limits of their own are compiled separately.
constexpr const Limits& default_limits = detail::default_call.limits;
constexpr const Limits& limits_of(const Limits* limits) noexcept {
  return limits != nullptr ? *limits : default_limits;
}

// The context of a call.
[[gnu::always_inline]] inline void start(const Compiled& c, Context& ctx, const Limits* limits,
                                         Buffer* out) noexcept {
  c.begin(ctx);
  if (limits != nullptr) {
    engine::set_limits(ctx, *limits);
  }
  if (out != nullptr) {
    set_output(ctx, *out, engine::output_limit(limits_of(limits), *out));
  }
}

bool finish(Context& ctx, std::uint64_t ok) noexcept {
  if (ctx.scratch != nullptr) {
    jit::free_scratch(ctx);
  }
  return ok != 0;
}

// True for chains, too: their bytes() have no address.
[[gnu::always_inline]] inline bool needs_slow_path(const Limits* limits,
                                                   const Input& input) noexcept {
  return input.bytes().data() == nullptr || input.bytes().size() > limits_of(limits).input_bytes ||
         (limits != nullptr && !engine::fit_default_stack(*limits));
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

namespace {

[[gnu::always_inline]] inline Result<void> encode(const Compiled& c, const void* object,
                                                  Buffer& out, const Limits* limits) {
  if (limits != nullptr && !engine::fit_default_stack(*limits)) [[unlikely]] {
    if (Result<void> valid = engine::check_limits(*limits); !valid) {
      return valid;
    }
  }
  const std::size_t before = out.size();
  if (out.capacity() == 0 && !out.reserve(initial_output_capacity)) [[unlikely]] {
    return std::unexpected(Error(Errc::no_memory));
  }
  Context ctx;
  start(c, ctx, limits, &out);
  ctx.r0 = reinterpret_cast<std::uint64_t>(object);
  if (finish(ctx, c.run(ctx)) && commit_output(ctx, out)) [[likely]] {
    return {};
  }
  return encode_failed(c, ctx, object, out, before, limits_of(limits));
}

}  // namespace

Result<void> CodecBase::encode_object(const void* object, Buffer& out) const {
  return encode(engine::compiled_of(compiled_), object, out, nullptr);
}
Result<void> CodecBase::encode_object(const void* object, Buffer& out, const Limits& limits) const {
  return encode(engine::compiled_of(compiled_), object, out, &limits);
}

// ---- Decoding

namespace {

// What a decoder is called with: in memory, so that the fast path saves no registers for the
// functions that are not inlined.
struct Decoding {
  const Compiled& c;
  Bytes input;
  void* object;
  Arena* arena;
  const Arena::Mark* before;

  [[nodiscard]] Call call(const Limits* limits) const noexcept {
    return {.codec = &c,
            .input = input,
            .target = object,
            .arena = arena,
            .mark = before,
            .limits = &limits_of(limits)};
  }
};

[[gnu::cold, gnu::noinline]] Result<void> decode_failed(const Decoding& decoding,
                                                        const Limits* limits, const Context& ctx) {
  return engine::retry_or_explain(decoding.call(limits), ctx);
}

[[gnu::cold, gnu::noinline]] Result<void> decode_slow(const Decoding& decoding,
                                                      const Limits* limits, const Input& input) {
  Call call = decoding.call(limits);
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

[[gnu::always_inline]] inline Result<void> decode(const Decoding& decoding, const Input& input,
                                                  const Limits* limits) {
  if (needs_slow_path(limits, input)) [[unlikely]] {
    return decode_slow(decoding, limits, input);
  }
  Context ctx;
  start(decoding.c, ctx, limits, nullptr);
  set_input(ctx, decoding.input);
  ctx.arena = decoding.arena;
  ctx.w0 = reinterpret_cast<std::uint64_t>(decoding.object);
  if (finish(ctx, decoding.c.run(ctx))) [[likely]] {
    return {};
  }
  return decode_failed(decoding, limits, ctx);
}

}  // namespace

Result<void> CodecBase::decode_object(const Input& input, void* object, Arena* arena,
                                      const Arena::Mark* before) const {
  return decode({engine::compiled_of(compiled_), input.bytes(), object, arena, before}, input,
                nullptr);
}
Result<void> CodecBase::decode_object(const Input& input, void* object, Arena* arena,
                                      const Arena::Mark* before, const Limits& limits) const {
  return decode({engine::compiled_of(compiled_), input.bytes(), object, arena, before}, input,
                &limits);
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
[[gnu::always_inline]] inline Result<void> convert_span(const Call& call, const Limits* limits) {
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
  start(c, ctx, limits, &out);
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
                       .limits = &limits},
                      &limits);
}

[[gnu::always_inline]] inline Result<void> convert_any(const Compiled& c, const Input& input,
                                                       Buffer& out, const Limits* limits) {
  if (needs_slow_path(limits, input)) [[unlikely]] {
    return convert_slow(c, input, out, limits_of(limits));
  }
  return convert_span(
      {.codec = &c, .input = input.bytes(), .out = &out, .limits = &limits_of(limits)}, limits);
}

}  // namespace

Result<void> CodecBase::convert(const Input& input, Buffer& out) const {
  return convert_any(engine::compiled_of(compiled_), input, out, nullptr);
}
Result<void> CodecBase::convert(const Input& input, Buffer& out, const Limits& limits) const {
  return convert_any(engine::compiled_of(compiled_), input, out, &limits);
}

// ---- Values that others follow

namespace {

// Sets the input of a call in one span. False where the slow path is needed, which also makes the
// errors: lengths that lie, limits, chains.
[[gnu::always_inline]] inline bool set_prefix(Call& call, const Input& input) noexcept {
  const Compiled& c = *call.codec;
  call.input = input.bytes();
  if (needs_slow_path(call.limits, input)) [[unlikely]] {
    return false;
  }
  call.prefix = !c.length_in_front;
  if (c.length_in_front) {
    const auto length = c.source->length_in_front(call.input);
    if (length->error != Errc::ok || length->size > call.input.size() - length->bytes) {
      return false;
    }
    call.before = length->bytes;
    call.input = call.input.subspan(length->bytes, length->size);
  }
  return true;
}

// The bytes that a call took which succeeded.
[[gnu::always_inline]] inline std::size_t taken(const Call& call, const Context& ctx) noexcept {
  return call.prefix
             ? static_cast<std::size_t>(ctx.r0 - reinterpret_cast<std::uint64_t>(call.input.data()))
             : call.before + call.input.size();
}

}  // namespace

Result<std::size_t> CodecBase::decode_prefix_object(const Input& input, void* object,
                                                    const CallOptions& options,
                                                    const Arena::Mark* before) const {
  Call call{.codec = &engine::compiled_of(compiled_),
            .target = object,
            .arena = options.arena,
            .mark = before,
            .limits = &options.limits};
  if (!set_prefix(call, input)) [[unlikely]] {
    return engine::run_prefix(call, input);
  }
  Context ctx;
  start(*call.codec, ctx, call.limits, nullptr);
  ctx.prefix = call.prefix;
  set_input(ctx, call.input);
  ctx.arena = call.arena;
  ctx.w0 = reinterpret_cast<std::uint64_t>(object);
  if (finish(ctx, call.codec->run(ctx))) [[likely]] {
    return taken(call, ctx);
  }
  return engine::explain_prefix(call, ctx);
}

Result<std::size_t> CodecBase::convert_prefix(const Input& input, Buffer& out,
                                              const CallOptions& options) const {
  Call call{.codec = &engine::compiled_of(compiled_), .out = &out, .limits = &options.limits};
  const Compiled& c = *call.codec;
  if (c.options.debug.through_record || c.checks_duplicates || out.capacity() == 0 ||
      !set_prefix(call, input)) [[unlikely]] {
    return engine::run_prefix(call, input);
  }
  const std::size_t before = out.size();
  Context ctx;
  start(c, ctx, call.limits, &out);
  ctx.prefix = call.prefix;
  set_input(ctx, call.input);
  if (finish(ctx, c.run(ctx)) && commit_output(ctx, out)) [[likely]] {
    return taken(call, ctx);
  }
  out.set_size(before);
  return engine::explain_prefix(call, ctx);
}

// ---- Between objects

Result<void> CodecBase::convert_object(const void* from, void* to, const CallOptions& call) const {
  if (Result<void> valid = engine::check_limits(call.limits); !valid) {
    return valid;
  }
  if (from == to) {
    return std::unexpected(Error(Errc::unsupported, "an object cannot be converted into itself"));
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
