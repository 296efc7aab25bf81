// The public calls: the few instructions around a Program. All that is unusual is out of line, so
// that the way of success saves no registers for it; cmake/Library.cmake says how this is compiled.
// Entry: CodecBase. Invariant: a call that fails leaves its output as it was.
#include "engine/call.h"
#include "engine/chain.h"
#include "engine/fallback.h"
#include "jit/scratch.h"

#include <wirejit/engine.h>

namespace wirejit {

using engine::Call;
using engine::Compiled;
using engine::first_output;
using engine::set_input;
using engine::set_output;
using engine::take_output;
using jit::Context;

namespace {

// In what follows `limits` is null for the default ones, which are constants: calls without limits
// of their own and calls with them are compiled apart.
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

[[gnu::always_inline]] inline bool is_unusual(const Limits* limits, const Input& input) noexcept {
  return input.is_chain() || input.bytes().data() == nullptr ||
         input.bytes().size() > limits_of(limits).input_bytes ||
         (limits != nullptr && !engine::are_usual(*limits));
}

// ---- Encoding

[[gnu::cold, gnu::noinline]] Result<void> encode_failed(const Compiled& c, const Context& ctx,
                                                        const void* object, Buffer& out,
                                                        std::size_t before, const Limits& limits) {
  out.set_size(before);
  return engine::run_again({.codec = &c, .source = object, .out = &out, .limits = &limits}, ctx);
}

}  // namespace

CodecBase::CodecBase(const CodecBase& other) noexcept = default;
CodecBase& CodecBase::operator=(const CodecBase& other) noexcept = default;
CodecBase::~CodecBase() = default;

namespace {

[[gnu::always_inline]] inline Result<void> encode(const Compiled& c, const void* object,
                                                  Buffer& out, const Limits* limits) {
  if (limits != nullptr && !engine::are_usual(*limits)) [[unlikely]] {
    if (Result<void> valid = engine::check_limits(*limits); !valid) {
      return valid;
    }
  }
  const std::size_t before = out.size();
  if (out.capacity() == 0 && !out.reserve(first_output)) [[unlikely]] {
    return std::unexpected(Error(Errc::no_memory));
  }
  Context ctx;
  start(c, ctx, limits, &out);
  ctx.r0 = reinterpret_cast<std::uint64_t>(object);
  if (finish(ctx, c.run(ctx)) && take_output(ctx, out)) [[likely]] {
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

// What a decoder is called with.
struct Decoding {
  const Compiled& c;
  Bytes input;
  void* object;
  Arena* arena;
  const Arena::Mark* before;
  const Limits& limits;

  [[nodiscard]] Call call() const noexcept {
    return {.codec = &c,
            .input = input,
            .target = object,
            .arena = arena,
            .mark = before,
            .limits = &limits};
  }
};

[[gnu::cold, gnu::noinline]] Result<void> decode_failed(const Decoding& now, const Context& ctx) {
  return engine::run_again(now.call(), ctx);
}

[[gnu::cold, gnu::noinline]] Result<void> decode_unusual(const Decoding& now, const Input& input) {
  Call call = now.call();
  if (Result<void> valid = engine::check_limits(*call.limits); !valid) {
    return valid;
  }
  Buffer own;
  Result<engine::OneSpan> one = engine::one_span(*call.limits, input, call.arena, own);
  if (!one) {
    return std::unexpected(std::move(one.error()));
  }
  call.input = one->bytes;
  call.taken = one->taken;
  Arena::Mark mark;
  if (call.mark != nullptr) {  // further runs begin behind the input
    mark = call.arena->mark();
    call.mark = &mark;
  }
  Context ctx;
  return engine::run(call, ctx) ? Result<void>{} : engine::run_again(call, ctx);
}

[[gnu::always_inline]] inline Result<void> decode(const Compiled& c, const Input& input,
                                                  void* object, Arena* arena,
                                                  const Arena::Mark* before, const Limits* limits) {
  const Decoding now{c, input.bytes(), object, arena, before, limits_of(limits)};
  if (is_unusual(limits, input)) [[unlikely]] {
    return decode_unusual(now, input);
  }
  Context ctx;
  start(c, ctx, limits, nullptr);
  set_input(ctx, now.input);
  ctx.arena = arena;
  ctx.w0 = reinterpret_cast<std::uint64_t>(object);
  if (finish(ctx, c.run(ctx))) [[likely]] {
    return {};
  }
  return decode_failed(now, ctx);
}

}  // namespace

Result<void> CodecBase::decode_object(const Input& input, void* object, Arena* arena,
                                      const Arena::Mark* before) const {
  return decode(engine::compiled_of(compiled_), input, object, arena, before, nullptr);
}
Result<void> CodecBase::decode_object(const Input& input, void* object, Arena* arena,
                                      const Arena::Mark* before, const Limits& limits) const {
  return decode(engine::compiled_of(compiled_), input, object, arena, before, &limits);
}

// ---- Transcoding

namespace {

[[gnu::cold, gnu::noinline]] Result<void> convert_failed(const Call& call, const Context& ctx,
                                                         std::size_t before) {
  call.out->set_size(before);
  return engine::run_again(call, ctx);
}

// What nests in an input that needs another attempt is converted once. False if that fails; then
// the usual attempts tell why.
[[gnu::cold, gnu::noinline]] bool convert_ahead(const Call& call) {
  return engine::needs_otherwise(call) && engine::convert_otherwise(call).has_value();
}

[[gnu::cold, gnu::noinline]] Result<void> convert_by_record(Call call) {
  call.attempt = engine::Attempt::record;
  return engine::convert_otherwise(call);
}

// Of bytes in one span. Inlined in the usual call, of whose time a call of its own would be 2 %.
[[gnu::always_inline]] inline Result<void> convert_span(const Call& call, const Limits* limits) {
  const Compiled& c = *call.codec;
  Buffer& out = *call.out;
  if (c.options.debug.through_record) [[unlikely]] {
    return convert_by_record(call);
  }
  const std::size_t before = out.size();
  if (out.capacity() == 0 && !out.reserve(first_output + call.input.size())) {
    return std::unexpected(Error(Errc::no_memory));
  }
  if (c.looks_ahead && convert_ahead(call)) [[unlikely]] {
    return {};
  }
  Context ctx;
  start(c, ctx, limits, &out);
  ctx.memory_left -= call.taken;
  set_input(ctx, call.input);
  if (finish(ctx, c.run(ctx)) && take_output(ctx, out)) [[likely]] {
    return {};
  }
  return convert_failed(call, ctx, before);
}

[[gnu::cold, gnu::noinline]] Result<void> convert_unusual(const Compiled& c, const Input& input,
                                                          Buffer& out, const Limits& limits) {
  if (Result<void> valid = engine::check_limits(limits); !valid) {
    return valid;
  }
  Buffer own;
  Result<engine::OneSpan> one = engine::one_span(limits, input, nullptr, own);
  if (!one) {
    return std::unexpected(std::move(one.error()));
  }
  return convert_span(
      {.codec = &c, .input = one->bytes, .out = &out, .taken = one->taken, .limits = &limits},
      &limits);
}

[[gnu::always_inline]] inline Result<void> convert_any(const Compiled& c, const Input& input,
                                                       Buffer& out, const Limits* limits) {
  if (is_unusual(limits, input)) [[unlikely]] {
    return convert_unusual(c, input, out, limits_of(limits));
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

// ---- Between objects

Result<void> CodecBase::convert_object(const void* from, void* to, const CallOptions& call) const {
  if (Result<void> valid = engine::check_limits(call.limits); !valid) {
    return valid;
  }
  const Call now{.codec = &engine::compiled_of(compiled_),
                 .source = from,
                 .target = to,
                 .arena = call.arena,
                 .limits = &call.limits};
  Context ctx;
  return engine::run(now, ctx) ? Result<void>{} : engine::run_again(now, ctx);
}

}  // namespace wirejit
