// The errors after which a call is retried, and the attempts of codecs and of conversions.
// Entry: retry_or_explain, attempt_conversion, convert_by_fallback. Invariant: a nested conversion
// runs one attempt and leaves retries to the outermost call.
#include "engine/fallback.h"

#include "core/no_throw.h"
#include "engine/errors.h"
#include "engine/request.h"
#include "jit/scratch.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

namespace wirejit::engine {

using jit::Context;

// ---- Errors after which a call is retried

namespace {

// Whether a call with that error may be retried, by its Output.
struct Row {
  Errc code;
  bool object;
  bool bytes;
  bool payload;
};

// A later occurrence of a field may replace a value that cannot be written, or supply a missing
// field. All other errors mean malformed input and are final. A payload may be replaced as a
// whole, so all its errors may be retried, except limits.
constexpr Row table[] = {
    {Errc::missing_required, true, true, true},
    {Errc::union_not_one, true, true, true},
    {Errc::invalid_utf8, false, true, true},
    {Errc::invalid_string, false, true, true},
    {Errc::invalid_number, false, true, true},
    {Errc::number_out_of_range, false, true, true},
    {Errc::unknown_enum, false, true, true},
    {Errc::not_found, false, true, true},  // of an Any's type
    {Errc::size_limit, false, true, true},
    {Errc::depth_limit, false, false, false},
    {Errc::memory_limit, false, false, false},
    {Errc::no_memory, false, false, false},
};
constexpr Row all_others{Errc::ok, false, false, true};

}  // namespace

bool may_retry(std::uint32_t code, Output output) noexcept {
  if (code == jit::restart_code) {
    return true;
  }
  const auto* const found = std::ranges::find(table, static_cast<Errc>(code), &Row::code);
  const Row& row = found != std::end(table) ? *found : all_others;
  return output == Output::object ? row.object : output == Output::bytes ? row.bytes : row.payload;
}

namespace {

Attempt next(Attempt a) noexcept {
  return a == Attempt::optimistic ? Attempt::normal_form : Attempt::record;
}

std::unexpected<Failure> restart_failure() {
  return std::unexpected(Failure{.code = jit::restart_code, .at = 0, .error = {}});
}

// The start of `input` is the error's position for the outer call.
std::unexpected<Failure> failure(Error error, Bytes input) {
  const auto code = static_cast<std::uint32_t>(error.code());
  const auto at = reinterpret_cast<std::uint64_t>(input.data());
  return std::unexpected(Failure{.code = code, .at = at, .error = std::move(error)});
}

// The error of a nested conversion, which has no text.
std::unexpected<Failure> failure(const Context& ctx) {
  return std::unexpected(Failure{.code = ctx.error,
                                 .at = ctx.error_at == jit::at_cursor ? ctx.r0 : ctx.error_at,
                                 .error = {}});
}

// ---- Objects

// An offset in a normal form is not an offset in the input.
Error without_offset(const Error& e) {
  return Error({.code = e.code(), .path = e.path(), .message = e.message()});
}

// One attempt of a call that writes or reads an object, after the optimistic one.
AttemptResult run_once(const Call& call) {
  const bool normal = call.out == nullptr && source_of(*call.codec).has_normal_form();
  Call attempt_call = call;
  Buffer storage;
  Arena::Mark mark;
  if (normal) {
    Result<Call> normal_call = with_kept_normal_form(call, storage);
    if (!normal_call) {
      return failure(std::move(normal_call.error()), call.input);
    }
    attempt_call = *normal_call;
    if (call.mark != nullptr) {
      mark = call.arena->mark();
      attempt_call.mark = &mark;
    }
  }
  Context ctx;
  if (run(attempt_call, ctx)) {
    return {};
  }
  if (ctx.error == jit::restart_code) {
    return restart_failure();
  }
  Error error = explain(attempt_call, ctx);
  return failure(normal ? without_offset(error) : std::move(error), call.input);
}

AttemptResult run_remaining_attempts(Call call) {
  AttemptResult done = run_once(call);
  while (!done && done.error().code == jit::restart_code && call.attempt != Attempt::record) {
    call.attempt = next(call.attempt);
    done = run_once(call);
  }
  return done;
}

// Runs an outermost call, and its further attempts if it fails.
Result<void> run_with_retries(const Call& call) {
  Context ctx;
  return run(call, ctx) ? Result<void>() : retry_or_explain(call, ctx);
}

// ---- Conversions

AttemptResult convert_through_record(const Call& call, ConversionCodecs& codecs) {
  Result<const RecordPair*> pair = codecs.record_pair();
  if (!pair) {
    return failure(std::move(pair.error()), call.input);
  }
  const std::size_t size = (*pair)->object_size;
  Arena arena;
  void* const object = arena.allocate(size, 8);
  if (object == nullptr ||
      (call.out->capacity() == 0 && !call.out->reserve(initial_output_capacity))) {
    return failure(Error(Errc::no_memory), call.input);
  }
  std::memset(object, 0, size);
  const Arena::Mark mark = arena.mark();
  Call read = call;
  read.codec = (*pair)->decoder.get();
  read.out = nullptr;
  read.target = object;
  read.arena = &arena;
  read.mark = &mark;
  Call write = call;
  write.codec = (*pair)->encoder.get();
  write.source = object;
  if (call.is_outermost()) {
    read.attempt = write.attempt = Attempt::optimistic;
    write.charged = 0;
    Result<void> done = run_with_retries(read);
    if (done) {
      done = run_with_retries(write);
    }
    return done ? AttemptResult() : failure(std::move(done.error()), call.input);
  }
  Context reading;
  if (!run(read, reading)) {
    return failure(reading);
  }
  Context writing;
  write.charged = call.outer->memory_left - reading.memory_left;
  if (!run(write, writing)) {
    writing.error_at =
        reinterpret_cast<std::uint64_t>(call.input.data());  // a record has no position
    return failure(writing);
  }
  return {};
}

AttemptResult convert_in_one_pass(const Call& call, ConversionCodecs& codecs) {
  Result<const Compiled*> codec = codecs.direct();
  if (!codec) {
    return failure(std::move(codec.error()), call.input);
  }
  Call attempt_call = call;
  attempt_call.codec = *codec;
  Context ctx;
  return run(attempt_call, ctx) ? AttemptResult() : failure(ctx);
}

}  // namespace

// An input may have several errors, and a conversion through a record reports the one that decoding
// reports. Making a normal form may find another one first, as it reads all tags before any value.
// So an outermost call whose normal form fails is retried through a record, and the record's
// decoder reads the input itself.
AttemptResult attempt_conversion(const Call& call, ConversionCodecs& codecs, bool has_duplicates) {
  if (call.attempt == Attempt::optimistic && !has_duplicates) {
    return convert_in_one_pass(call, codecs);
  }
  const bool normal = codecs.source.has_normal_form();
  const bool record = call.attempt == Attempt::record || !normal;
  if (record && (!normal || call.is_outermost())) {
    return convert_through_record(call, codecs);
  }
  Buffer storage;
  Result<Call> normal_call = with_normal_form(call, codecs.source, storage);
  if (!normal_call) {
    return call.is_outermost() ? restart_failure()
                               : failure(std::move(normal_call.error()), call.input);
  }
  AttemptResult done = record ? convert_through_record(*normal_call, codecs)
                              : convert_in_one_pass(*normal_call, codecs);
  if (!done && call.is_outermost()) {
    return restart_failure();
  }
  if (!done) {
    done.error().at = reinterpret_cast<std::uint64_t>(call.input.data());  // not the normal form's
  }
  return done;
}

namespace {

// The codecs of a transcoder.
class OwnCodecs final : public ConversionCodecs {
 public:
  explicit OwnCodecs(const Compiled& codec) : ConversionCodecs(source_of(codec)), codec_(codec) {}
  [[nodiscard]] Result<const Compiled*> direct() override { return &codec_; }
  [[nodiscard]] Result<const RecordPair*> record_pair() override {
    return codec_.record_fallback->get();
  }

 private:
  const Compiled& codec_;
};

AttemptResult run_conversion_attempts(Call call) {
  OwnCodecs codecs(*call.codec);
  AttemptResult done = attempt_conversion(call, codecs, true);
  if (!done && done.error().code == jit::restart_code && call.attempt != Attempt::record) {
    call.attempt = Attempt::record;
    done = attempt_conversion(call, codecs, true);
  }
  return done;
}

std::unexpected<Error> error_of(Failure& failure) {
  return std::unexpected(
      failure.error ? std::move(*failure.error)
                    : Error(Errc::internal, "the last attempt of the call ended with a restart"));
}

}  // namespace

Result<void> convert_by_fallback(const Call& call) {
  return core::without_throwing([&]() -> Result<void> {
    AttemptResult done = run_conversion_attempts(call);
    return done ? Result<void>() : error_of(done.error());
  });
}

bool needs_fallback(const Call& call) {
  const Compiled& c = *call.codec;
  if (!c.checks_duplicates) {
    return false;
  }
  Context ctx;
  start(call, ctx, call.out);
  const bool has_duplicates = c.source->has_duplicate_field(ctx, *c.type, call.input);
  jit::free_scratch(ctx);
  return has_duplicates;
}

Result<void> retry_or_explain(const Call& call, const Context& failed) {
  return core::without_throwing([&]() -> Result<void> {
    const bool converts = call.codec->record_fallback != nullptr;
    const std::uint32_t code = failed.error;
    const bool has_other_form =
        converts || (call.out == nullptr && source_of(*call.codec).has_normal_form());
    if (code == jit::restart_code ||
        (has_other_form && may_retry(code, converts ? Output::bytes : Output::object))) {
      Call retry = call;
      retry.attempt = next(call.attempt);
      AttemptResult done =
          converts ? run_conversion_attempts(retry) : run_remaining_attempts(retry);
      if (done) {
        return {};
      }
      if (done.error().code != code || code == jit::restart_code) {
        return error_of(done.error());
      }  // the same error: explain() knows its position in the input
    }
    return std::unexpected(explain(call, failed));
  });
}

}  // namespace wirejit::engine
