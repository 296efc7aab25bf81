#include "tests/support/engine_matrix.h"

#include "lower/format.h"

#include <wirejit/pb.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <ostream>

namespace wirejit::test {
namespace {

constexpr std::string_view before = "before";  // what stands in front of each output

bool same(const Format& a, const Format& b) { return &lower::impl_of(a) == &lower::impl_of(b); }

Options with_record(Options options) {
  options.debug.through_record = true;
  return options;
}

// What was made, or the end of the test: nothing could go on.
template <class T>
const T& must(const Result<T>& made) {
  if (!made) {
    ADD_FAILURE() << made.error().to_string();
    std::abort();
  }
  return *made;
}

}  // namespace

std::string hex(Bytes bytes, std::size_t most) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string s;
  for (std::size_t i = 0; i < bytes.size() && i < most; ++i) {
    s += digits[bytes[i] >> 4];
    s += digits[bytes[i] & 15];
  }
  return s;
}

std::string outcome(const Error& e) { return Outcome(e).error(); }

Outcome::Outcome(const Error& e)
    : code(e.code()), offset(e.offset()), line(e.line()), column(e.column()), path(e.path()) {}

Outcome::Outcome(const Result<void>& done, std::string_view written)
    : Outcome(done ? Outcome(written) : Outcome(done.error())) {}

std::string Outcome::error() const {
  return ok() ? std::string()
              : std::string(to_string(code)) + " at " + std::to_string(offset) + " in '" + path +
                    "'";
}

std::optional<std::string> Outcome::written() const {
  return ok() ? std::optional(bytes) : std::nullopt;
}

std::string Outcome::shown() const {
  return ok() ? bytes : std::string(to_string(code)) + "@" + std::to_string(offset);
}

void PrintTo(const Outcome& o, std::ostream* out) {
  if (o.ok()) {
    *out << "ok " << testing::PrintToString(o.bytes.substr(0, 2000));
  } else {
    *out << o.error() << " (line " << o.line << ":" << o.column << ")";
  }
}

void report_disagreement(const Outcome& first, const Outcome& other, Bytes input) {
  EXPECT_EQ(first, other) << "engines disagree about "
                          << testing::PrintToString(std::string(as_text(input)).substr(0, 400))
                          << " = " << hex(input);
}

EngineMatrix::EngineMatrix(const Schema& schema, std::string_view type, std::vector<Format> formats,
                           const MatrixOptions& options)
    : schema_(schema),
      type_(must(RecordType::make(
          schema, type, {.keep_unknown = options.options.unknown_fields == Unknown::keep}))),
      formats_(std::move(formats)),
      options_(options),
      call_{.limits = options.limits},
      arenas_(2 * engine_kinds.size()),
      buffers_(engine_kinds.size()) {
  for (const EngineOptions::Kind kind : engine_kinds) {
    engines_.emplace_back(EngineOptions{.kind = kind});
  }
}

const EngineMatrix::MadeTranscoder& EngineMatrix::transcoders(const Format& from, const Format& to,
                                                              bool through_record) {
  for (const MadeTranscoder& t : transcoders_) {
    if (same(t.from, from) && same(t.to, to) && t.through_record == through_record) {
      return t;
    }
  }
  MadeTranscoder& t = transcoders_.emplace_back(from, to, through_record);
  for (const Engine& engine : engines_) {
    t.made.push_back(
        engine.transcoder({schema_, type_.type()}, from, to,
                          through_record ? with_record(options_for(from)) : options_for(from)));
  }
  return t;
}

const EngineMatrix::MadeCodec& EngineMatrix::codecs(const Format& format) {
  for (const MadeCodec& c : codecs_) {
    if (same(c.format, format)) {
      return c;
    }
  }
  MadeCodec& c = codecs_.emplace_back(format);
  for (const Engine& engine : engines_) {
    c.made.push_back(engine.record_codec(type_, format, options_for(format)));
  }
  return c;
}

Options EngineMatrix::options_for(const Format& from) const {
  Options options = options_.options;
  if (options.unknown_fields == Unknown::keep && !options_.proto_keeps &&
      from.name() == pb::json.name()) {
    options.unknown_fields = Unknown::error;
  }
  return options;
}

const Transcoder& EngineMatrix::transcoder(const Format& from, const Format& to, std::size_t k) {
  return must(transcoders(from, to, false).made[k]);
}

const RecordCodec& EngineMatrix::codec(const Format& format, std::size_t k) {
  return must(codecs(format).made[k]);
}

bool EngineMatrix::can_transcode(const Format& from, const Format& to) {
  const MadeTranscoder& t = transcoders(from, to, false);
  return on_every_engine(
             [&](std::size_t k) { return t.made[k] ? Outcome() : Outcome(t.made[k].error()); })
      .ok();
}

// The sides must agree, too; only where an output limit is noticed depends on the buffer's room.
Outcome EngineMatrix::agreed(Bytes input,
                             const std::function<Outcome(std::size_t, Side, Bytes)>& run) {
  const auto on_side = [&](Side side) {
    return on_every_engine(
        [&](std::size_t k) {
          return run(k, side, side == Side::begin ? guard_.at_begin(input) : guard_.at_end(input));
        },
        input);
  };
  const Outcome begin = on_side(Side::begin);
  const Outcome end = on_side(Side::end);
  if (begin != end && (begin.code != Errc::size_limit || end.code != Errc::size_limit)) {
    report_disagreement(begin, end, input);
  }
  return end;
}

// call(out), behind other output: once into a new buffer that must grow, once into one with room.
template <class Call>
Outcome EngineMatrix::written(std::size_t k, Side side, Call call) {
  Buffer fresh;
  Buffer& out = side == Side::begin ? fresh : buffers_[k];
  out.clear();
  EXPECT_TRUE(out.append(as_bytes(before)));
  const Result<void> done = call(out);
  if (!done) {
    EXPECT_EQ(out.text(), before) << "a failed call left output: " << outcome(done.error());
    return Outcome(done.error());
  }
  EXPECT_TRUE(out.text().starts_with(before));
  return Outcome(out.text().substr(before.size()));
}

Outcome EngineMatrix::transcode_alone(const Format& from, const Format& to, Bytes input,
                                      bool through_record) {
  const MadeTranscoder& t = transcoders(from, to, through_record);
  return agreed(input, [&](std::size_t k, Side side, Bytes guarded) {
    return !t.made[k] ? Outcome(t.made[k].error()) : written(k, side, [&](Buffer& out) {
      return t.made[k]->transcode(guarded, out, call_);
    });
  });
}

Outcome EngineMatrix::transcode(const Format& from, const Format& to, Bytes input) {
  const Outcome one_pass = transcode_alone(from, to, input, false);
  if (options_.through_record != ThroughRecord::no) {
    compare_with_record(from, to, input, one_pass);
  }
  return one_pass;
}

Outcome EngineMatrix::through_record(const Format& from, const Format& to, Bytes input) {
  return transcode_alone(from, to, input, true);
}

void EngineMatrix::compare_with_record(const Format& from, const Format& to, Bytes input,
                                       const Outcome& one_pass) {
  const Outcome record = through_record(from, to, input);
  if (record.code == Errc::memory_limit && options_.limits.memory != Limits().memory) {
    return;
  }
  EXPECT_EQ(record.code, one_pass.code)
      << testing::PrintToString(one_pass) << hex(input)
      << "\n through a record: " << testing::PrintToString(record);
  if (record.code != one_pass.code) {
    return;
  }
  if (record.ok() && record.bytes != one_pass.bytes) {
    EXPECT_EQ(through_record(to, to, as_bytes(one_pass.bytes)), record)
        << hex(input) << "\n"
        << testing::PrintToString(one_pass);
  }
  // Its writer knows no position in the input.
  if (options_.through_record == ThroughRecord::error && !record.ok() &&
      record.code != Errc::size_limit) {
    EXPECT_EQ(record, one_pass) << hex(input);
  }
}

Outcome EngineMatrix::by_codecs(const Format& from, const Format& to, Bytes input,
                                std::size_t first_block) {
  const MadeCodec& readers = codecs(from);
  const MadeCodec& writers = codecs(to);
  return agreed(input, [&](std::size_t k, Side side, Bytes guarded) {
    if (!readers.made[k] || !writers.made[k]) {
      return Outcome((readers.made[k] ? writers : readers).made[k].error());
    }
    Arena arena(first_block);
    const Result<Value> value = readers.made[k]->decode_value(guarded, arena, call_);
    return !value ? Outcome(value.error()) : written(k, side, [&](Buffer& out) {
      return writers.made[k]->encode(*value, out, call_);
    });
  });
}

DecodedRecord EngineMatrix::decode(const Format& format, Bytes input) {
  const MadeCodec& c = codecs(format);
  DecodedRecord decoded;
  decoded.outcome = agreed(input, [&](std::size_t k, Side side, Bytes guarded) {
    if (!c.made[k]) {
      return Outcome(c.made[k].error());
    }
    Arena& arena = arenas_[2 * k + (side == Side::begin ? 0 : 1)];
    arena.reset();
    const Result<Record> record = c.made[k]->decode(guarded, arena, call_);
    if (!record) {
      return Outcome(record.error());
    }
    if (decoded.record) {
      EXPECT_TRUE(*decoded.record == *record) << "engines decode other records of " << hex(input);
    }
    decoded.record = *record;
    return Outcome();
  });
  return decoded;
}

Outcome EngineMatrix::encode(const Format& format, const RecordView& record) {
  const MadeCodec& c = codecs(format);
  return agreed({}, [&](std::size_t k, Side side, Bytes) {
    return !c.made[k] ? Outcome(c.made[k].error()) : written(k, side, [&](Buffer& out) {
      return c.made[k]->encode(record, out, call_);
    });
  });
}

}  // namespace wirejit::test
