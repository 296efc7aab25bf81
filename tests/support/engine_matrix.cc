#include "tests/support/engine_matrix.h"

#include "lower/format.h"

#include <wirejit/pb.h>

#include <gtest/gtest.h>

#include <cstdlib>
#include <ostream>

namespace wirejit::test {
namespace {

constexpr std::string_view before = "before";  // in each buffer before a call appends to it

bool same(const Format& a, const Format& b) { return &lower::impl_of(a) == &lower::impl_of(b); }

Options with_record(Options options) {
  options.debug.through_record = true;
  return options;
}

// The value; without one the test cannot go on, and the process ends.
template <class T>
const T& value_or_abort(const Result<T>& result) {
  if (!result) {
    ADD_FAILURE() << result.error().to_string();
    std::abort();
  }
  return *result;
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
      type_(value_or_abort(RecordType::make(
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

const EngineMatrix::CachedTranscoder& EngineMatrix::transcoders(const Format& from,
                                                                const Format& to,
                                                                bool through_record) {
  for (const CachedTranscoder& t : transcoders_) {
    if (same(t.from, from) && same(t.to, to) && t.through_record == through_record) {
      return t;
    }
  }
  CachedTranscoder& t = transcoders_.emplace_back(from, to, through_record);
  for (const Engine& engine : engines_) {
    t.on_engine.push_back(
        engine.transcoder({schema_, type_.type()}, from, to,
                          through_record ? with_record(options_for(from)) : options_for(from)));
  }
  return t;
}

const EngineMatrix::CachedCodec& EngineMatrix::codecs(const Format& format) {
  for (const CachedCodec& c : codecs_) {
    if (same(c.format, format)) {
      return c;
    }
  }
  CachedCodec& c = codecs_.emplace_back(format);
  for (const Engine& engine : engines_) {
    c.on_engine.push_back(engine.record_codec(type_, format, options_for(format)));
  }
  return c;
}

Options EngineMatrix::options_for(const Format& from) const {
  Options options = options_.options;
  if (options.unknown_fields == Unknown::keep && !options_.proto_keeps &&
      from.name() == pb::json.name()) {
    options.unknown_fields.reset();
  }
  return options;
}

const Transcoder& EngineMatrix::transcoder(const Format& from, const Format& to, std::size_t k) {
  return value_or_abort(transcoders(from, to, false).on_engine[k]);
}

const RecordCodec& EngineMatrix::codec(const Format& format, std::size_t k) {
  return value_or_abort(codecs(format).on_engine[k]);
}

bool EngineMatrix::can_transcode(const Format& from, const Format& to) {
  const CachedTranscoder& t = transcoders(from, to, false);
  return on_every_engine([&](std::size_t k) {
           return t.on_engine[k] ? Outcome() : Outcome(t.on_engine[k].error());
         })
      .ok();
}

// The sides must agree, too, except in the offset of size_limit, which depends on the buffer's room.
Outcome EngineMatrix::on_both_sides(Bytes input,
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

// Runs call(out) on a buffer that has contents: side `begin` on a new one, which must grow, side
// `end` on a used one, which has room.
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
  const CachedTranscoder& t = transcoders(from, to, through_record);
  return on_both_sides(input, [&](std::size_t k, Side side, Bytes guarded) {
    return !t.on_engine[k] ? Outcome(t.on_engine[k].error()) : written(k, side, [&](Buffer& out) {
      return t.on_engine[k]->transcode(guarded, out, call_);
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
  // Errors of the record's writer have no offset in the input.
  if (options_.through_record == ThroughRecord::error && !record.ok() &&
      record.code != Errc::size_limit) {
    EXPECT_EQ(record, one_pass) << hex(input);
  }
}

Outcome EngineMatrix::by_codecs(const Format& from, const Format& to, Bytes input,
                                std::size_t first_block) {
  const CachedCodec& readers = codecs(from);
  const CachedCodec& writers = codecs(to);
  return on_both_sides(input, [&](std::size_t k, Side side, Bytes guarded) {
    if (!readers.on_engine[k] || !writers.on_engine[k]) {
      return Outcome((readers.on_engine[k] ? writers : readers).on_engine[k].error());
    }
    Arena arena(first_block);
    const Result<Value> value = readers.on_engine[k]->decode_value(guarded, arena, call_);
    return !value ? Outcome(value.error()) : written(k, side, [&](Buffer& out) {
      return writers.on_engine[k]->encode(*value, out, call_);
    });
  });
}

DecodedRecord EngineMatrix::decode(const Format& format, Bytes input) {
  const CachedCodec& c = codecs(format);
  DecodedRecord decoded;
  decoded.outcome = on_both_sides(input, [&](std::size_t k, Side side, Bytes guarded) {
    if (!c.on_engine[k]) {
      return Outcome(c.on_engine[k].error());
    }
    Arena& arena = arenas_[2 * k + (side == Side::begin ? 0 : 1)];
    arena.reset();
    const Result<Record> record = c.on_engine[k]->decode(guarded, arena, call_);
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
  const CachedCodec& c = codecs(format);
  return on_both_sides({}, [&](std::size_t k, Side side, Bytes) {
    return !c.on_engine[k] ? Outcome(c.on_engine[k].error()) : written(k, side, [&](Buffer& out) {
      return c.on_engine[k]->encode(record, out, call_);
    });
  });
}

}  // namespace wirejit::test
