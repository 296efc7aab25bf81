// The traffic-like cases of tests/cases: records in every format that a case has a row of, as
// machine code and interpreted. Entry: add_cases.
// Invariant: a case is timed only if what is read is what was written.
#include "bench/measure.h"
#include "tests/support/case_file.h"
#include "tests/support/case_schema.h"

#include <wirejit/record_codec.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>

namespace wirejit::bench {
namespace {

// One row of a case, with its codec and record.
struct Subject {
  RecordType type;
  Format format;
  Options options;
  std::string bytes;
};

Result<RecordCodec> codec_of(const Subject& s, const Engine& engine) {
  Options options = s.options;
  options.alias_input = true;
  return engine.record_codec(s.type, s.format, options);
}

void decode(benchmark::State& state, const Subject& s, const Engine& engine) {
  const Result<RecordCodec> codec = codec_of(s, engine);
  Arena arena;
  measure(state, s.bytes.size(), [&] {
    arena.reset();
    return codec && codec->decode(s.bytes, arena).has_value();
  });
}

void encode(benchmark::State& state, const Subject& s, const Engine& engine) {
  const Result<RecordCodec> codec = codec_of(s, engine);
  Arena arena;
  const Result<Record> record =
      codec ? codec->decode(s.bytes, arena) : std::unexpected(codec.error());
  Buffer out;
  if (!record || !codec->encode(*record, out) || out.text() != s.bytes) {
    return skip(state, "it is written as other bytes");
  }
  measure(state, s.bytes.size(), [&] {
    out.clear();
    return codec->encode(*record, out).has_value();
  });
}

void add_row(const Engines& engines, const test::Case& c, const test::CaseRow& row,
             std::string_view schema, const RecordType& type, const Format& format) {
  std::string payload = "case-" + c.name + "." + std::string(schema);
  std::ranges::replace(payload, ' ', '-');
  const auto s = std::make_shared<const Subject>(Subject{type, format, c.options, row.bytes});
  for (const auto& [engine, what] :
       {std::pair(&engines.jit, "record-jit"), std::pair(&engines.interp, "record-interp")}) {
    add(name("decode", row.format, payload, what),
        [s, engine](benchmark::State& state) { decode(state, *s, *engine); });
    add(name("encode", row.format, payload, what),
        [s, engine](benchmark::State& state) { encode(state, *s, *engine); });
  }
}

}  // namespace

void add_cases(const Engines& engines) {
  for (const std::string& file_name : test::case_files()) {
    if (!file_name.starts_with("traffic")) {
      continue;
    }
    const test::CaseFile file(file_name);
    const Result<Schema> schema = test::load_case_schema(file.schema());
    if (!schema) {
      continue;  // a build without protoc
    }
    for (const test::Case& c : file.cases()) {
      const Result<RecordType> type = RecordType::make(*schema, c.type);
      for (const test::CaseRow& row : c.rows) {
        const Result<Format> format = Format::by_name(row.format);
        if (type && format && !row.only_read) {
          add_row(engines, c, row, file.schema(), *type, *format);
        }
      }
    }
  }
}

}  // namespace wirejit::bench
