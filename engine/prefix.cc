// Calls that read the value at the start of an input, whatever follows it, outside the fast path.
// Entry: run_prefix. Invariant: of a chain, only the spans that
// have the value are read, in attempts whose sizes double: together at most a constant times the
// bytes of the value.
#include "engine/prefix.h"

#include "core/no_throw.h"
#include "engine/call.h"
#include "engine/chain.h"
#include "engine/fallback.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace wirejit::engine {

using jit::Context;

namespace {

constexpr std::size_t first_copy = 512;  // bytes of a chain that are copied at first, if any are

Error at_end(Errc code, std::size_t offset, std::string message) {
  return Error({.code = code, .offset = offset, .path = {}, .message = std::move(message)});
}

// Whether the start of a text may have but a part of a number or of a word: they end only where
// something else follows.
bool may_go_on(const Compiled& c, Bytes start) {
  constexpr std::string_view space = " \t\r\n";
  const std::string_view text = as_text(start);
  const std::size_t first = std::min(text.find_first_not_of(space), text.size());
  return c.source->is_text() &&
         text.find_first_of("\"[]{},: \t\r\n", first) == std::string_view::npos;
}

// A message is all there by its length: what goes beyond its end is malformed, and no more bytes
// would complete it.
Error beyond_length(const Error& error) {
  return error.code() != Errc::truncated
             ? error
             : Error({.code = Errc::invalid_count,
                      .offset = error.offset(),
                      .path = std::string(error.path()),
                      .message = "a field goes beyond the end of its message"});
}

class PrefixCall {
 public:
  // `call` has no input yet.
  PrefixCall(const Call& call, const Input& input) : call_(call), input_(input) {
    call_.taken = &taken_;
  }

  Result<std::size_t> run() {
    if (Result<void> valid = check_limits(*call_.limits); !valid) {
      return std::unexpected(std::move(valid.error()));
    }
    if (call_.out != nullptr && call_.out->capacity() == 0 &&
        !call_.out->reserve(initial_output_capacity)) {
      return std::unexpected(Error(Errc::no_memory));
    }
    if (!call_.codec->length_in_front) {
      return run_growing();
    }
    std::uint8_t start[16];
    const std::size_t there = copy_start(input_, start);
    return run_body(*call_.codec->source->length_in_front(Bytes(start, there)), there);
  }

 private:
  [[nodiscard]] std::size_t limit() const { return call_.limits->input_bytes; }
  [[nodiscard]] std::size_t memory() const { return call_.limits->memory; }

  // A value with its length in front.
  Result<std::size_t> run_body(const lower::LengthInFront& length, std::size_t there) {
    if (length.error != Errc::ok) {
      const bool is_cut = length.error == Errc::truncated;
      return std::unexpected(at_end(length.error, is_cut ? there : 0,
                                    is_cut ? "the input ends inside the message's length"
                                           : "the message's length has more than ten bytes"));
    }
    if (length.size > limit()) {
      return std::unexpected(at_end(Errc::size_limit, 0,
                                    "the message has " + std::to_string(length.size) +
                                        " bytes, which is more than the limit of " +
                                        std::to_string(limit())));
    }
    const auto size = static_cast<std::size_t>(length.size);
    const Extent extent = extent_of(input_, length.bytes, size);
    if (extent.size < size) {
      return std::unexpected(
          at_end(Errc::truncated, length.bytes + extent.size,
                 "the input ends inside a message of " + std::to_string(size) + " bytes"));
    }
    call_.before = length.bytes;
    if (Result<void> ready = set_input(extent); !ready) {
      return std::unexpected(std::move(ready.error()));
    }
    if (Result<void> done = attempt(false); !done) {
      return std::unexpected(beyond_length(done.error()));
    }
    return length.bytes + size;
  }

  // A value that says where it ends: at first in the first span, if it is not there in more of them.
  Result<std::size_t> run_growing() {
    call_.prefix = true;
    std::size_t wanted = 0;
    std::size_t least = 0;  // the value has so many bytes at least
    for (;;) {
      const Extent extent = wanted == 0 ? first_extent(input_, limit())
                                        : extent_of(input_, 0, std::min(wanted, limit()));
      const bool is_cut = extent.size == limit() && extent.more;
      const bool may_grow = extent.more && !is_cut;
      if (Result<void> ready = set_input(extent); !ready) {
        return std::unexpected(std::move(ready.error()));
      }
      if (!extent.more || !may_go_on(*call_.codec, call_.input)) {
        Result<void> done = attempt(may_grow);
        if (!done && done.error().code() == Errc::memory_limit && call_.charged > least) {
          done = attempt_exactly(least, may_grow);
        }
        if (done) {
          return taken_;
        }
        if (done.error().code() != Errc::truncated || !extent.more) {
          return std::unexpected(std::move(done.error()));
        }
      }
      if (is_cut) {
        return std::unexpected(
            at_end(Errc::size_limit, extent.size,
                   "the value has more than the limit of " + std::to_string(limit()) + " bytes"));
      }
      least = extent.size + 1;
      wanted = std::max(least, std::min(memory(), std::max(first_copy, extent.size * 2)));
    }
  }

  // After an attempt on a copy that has more bytes than the value, for which there was not enough
  // memory: the value's bytes alone count. An attempt that is charged less finds how many these are.
  Result<void> attempt_exactly(std::size_t least, bool may_grow) {
    const std::size_t before = call_.out != nullptr ? call_.out->size() : 0;
    call_.charged = least;
    Result<void> done = attempt(may_grow);
    if (!done || taken_ == call_.input.size()) {
      return done;
    }
    if (call_.out != nullptr) {
      call_.out->set_size(before);
    }
    if (Result<void> ready = set_input(extent_of(input_, 0, taken_)); !ready) {
      return ready;
    }
    return attempt(false);
  }

  // Makes the extent the call's input: a copy of it if it lies in several spans.
  Result<void> set_input(const Extent& extent) {
    if (original_mark_ != nullptr) {
      call_.arena->rewind(*original_mark_);
    }
    Result<ContiguousInput> contiguous =
        make_contiguous(*call_.limits, input_, extent, call_.arena, copy_);
    if (!contiguous) {
      return std::unexpected(std::move(contiguous.error()));
    }
    call_.input = contiguous->bytes;
    call_.charged = contiguous->charged;
    if (original_mark_ != nullptr) {  // attempts must not free the copied input
      mark_ = call_.arena->mark();
      call_.mark = &mark_;
    }
    return {};
  }

  // `may_grow`: an error of truncated is not explained.
  Result<void> attempt(bool may_grow) {
    if (call_.codec->options.debug.through_record && call_.out != nullptr) {
      Call through_record = call_;
      through_record.attempt = Attempt::record;
      return convert_by_fallback(through_record);
    }
    if (call_.out != nullptr && needs_fallback(call_)) {
      if (Result<void> done = convert_by_fallback(call_)) {
        return done;
      }
    }
    Context ctx;
    if (engine::run(call_, ctx)) {
      return {};
    }
    if (may_grow && ctx.error == static_cast<std::uint16_t>(Errc::truncated)) {
      return std::unexpected(Error(Errc::truncated));
    }
    return retry_or_explain(call_, ctx);
  }

  Call call_;
  const Input& input_;
  const Arena::Mark* const original_mark_ = call_.mark;
  std::size_t taken_ = 0;
  Buffer copy_;
  Arena::Mark mark_;
};

}  // namespace

Result<std::size_t> run_prefix(const Call& call, const Input& input) {
  return core::without_throwing([&] { return PrefixCall(call, input).run(); });
}

Result<std::size_t> explain_prefix(Call call, const Context& failed) {
  std::size_t taken = 0;
  call.taken = &taken;
  Result<void> done = retry_or_explain(call, failed);
  if (!done) {
    return std::unexpected(call.prefix ? std::move(done.error()) : beyond_length(done.error()));
  }
  return call.prefix ? taken : call.before + call.input.size();
}

}  // namespace wirejit::engine
