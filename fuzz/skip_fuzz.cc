// Skips a value in pieces, whole and byte by byte, and as a reader skips an unknown field: all must
// agree in result, code, offset and size.
// Input: a byte for the format and the limit of depth, a byte for the pieces, then the value and
// anything after it.
#include "tests/support/guarded_input.h"
#include "tests/support/random_source.h"
#include "tests/support/skipping_reader.h"

#include <wirejit/pb.h>
#include <wirejit/skipper.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

namespace wirejit::fuzz {
namespace {

using test::SkippingReader;

struct Verdict {
  Errc code = Errc::ok;
  std::uint64_t at = 0;     // the error's offset, or the value's size
  std::uint64_t steps = 0;  // of a value that ended
  friend bool operator==(const Verdict&, const Verdict&) = default;
};

[[noreturn]] void disagree(const Format& format, Bytes bytes, const char* what, Verdict a,
                           Verdict b) {
  std::fprintf(stderr, "DISAGREEMENT: %s, %s\n", std::string(format.name()).c_str(), what);
  for (const Verdict& v : {a, b}) {
    std::fprintf(stderr, "  %s at %llu, %llu steps\n", std::string(to_string(v.code)).c_str(),
                 static_cast<unsigned long long>(v.at), static_cast<unsigned long long>(v.steps));
  }
  for (const std::uint8_t byte : bytes) {
    std::fprintf(stderr, "%02x", byte);
  }
  std::fprintf(stderr, "\n");
  std::abort();
}

// `next(left)` is the size of the next piece. Each lies between pages that may not be read.
template <class F>
Verdict feed(const Format& format, Skipper& skipper, Bytes bytes, F&& next) {
  static test::GuardedInput guarded;
  skipper.reset();
  bool at_end = false;
  for (Bytes left = bytes; !left.empty();) {
    const std::size_t n = next(left.size());
    const Bytes piece = left.first(n);
    at_end = !at_end;
    const std::uint64_t least = skipper.at_least();
    const Result<Skipper::Progress> progress =
        skipper.feed(at_end ? guarded.at_end(piece) : guarded.at_begin(piece));
    if (!progress) {
      return {progress.error().code(), progress.error().offset(), 0};
    }
    if (progress->done) {
      // It had promised so many bytes.
      if (progress->taken < least) {
        disagree(format, bytes, "at_least() was too large", {Errc::ok, least, 0},
                 {Errc::ok, progress->taken, 0});
      }
      break;
    }
    left = left.subspan(n);
  }
  const Result<Skipper::Progress> end = skipper.finish();
  return end ? Verdict{Errc::ok, skipper.total(), skipper.steps()}
             : Verdict{end.error().code(), end.error().offset(), 0};
}

void check_reader(std::size_t k, Bytes bytes, std::uint32_t depth, const Verdict& verdict) {
  static SkippingReader reader;
  const std::string_view text = as_text(bytes);
  const SkippingReader::Outcome read = verdict.code == Errc::ok
                                           ? reader.read(k, text.substr(0, verdict.at), depth)
                                           : reader.read_cut(k, text, depth);
  // A reader knows where the input ends, and so of a count that is too large for it.
  const bool agrees = verdict.code == Errc::ok ? read.code == Errc::ok
                      : read.code == Errc::truncated
                          ? verdict.code != Errc::truncated || verdict.at == bytes.size()
                          : read.code == verdict.code && read.at == verdict.at;
  if (!agrees) {
    disagree(SkippingReader::format(k), bytes, "a reader does not agree", verdict,
             {read.code, read.at, 0});
  }
}

void run(std::uint8_t choice, std::uint8_t seed, Bytes bytes) {
  const std::size_t k = choice % (SkippingReader::formats + 1);
  const Format format = k < SkippingReader::formats ? SkippingReader::format(k) : Format(pb::wire);
  const std::uint32_t depth = (choice & 0x10) != 0 ? 3 : 101;
  Result<Skipper> skipper = Skipper::make(format, {.limits = {.depth = depth}});
  if (!skipper) {
    return;
  }
  const Verdict whole = feed(format, *skipper, bytes, [](std::size_t left) { return left; });
  const Verdict single = feed(format, *skipper, bytes, [](std::size_t) { return std::size_t{1}; });
  if (whole != single) {
    disagree(format, bytes, "bytes one by one", whole, single);
  }
  test::Random r(seed);
  const std::size_t longest = 1 + r.below(64);
  const Verdict pieces = feed(format, *skipper, bytes, [&](std::size_t left) {
    return std::min(left, r.below(longest + 1));
  });
  if (whole != pieces) {
    disagree(format, bytes, "pieces", whole, pieces);
  }
  const Result<std::size_t> once = skip(format, bytes, {.limits = {.depth = depth}});
  if (once.has_value() != (whole.code == Errc::ok) || (once && *once != whole.at) ||
      (!once && (once.error().code() != whole.code || once.error().offset() != whole.at))) {
    disagree(format, bytes, "skip()", whole, {});
  }
  if (k < SkippingReader::formats) {
    check_reader(k, bytes, depth, whole);
  }
}

}  // namespace
}  // namespace wirejit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 65536) {
    return -1;
  }
  wirejit::fuzz::run(data[0], data[1], {data + 2, size - 2});
  return 0;
}
