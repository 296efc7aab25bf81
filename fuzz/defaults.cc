// Writes records with their defaults in each format and reads them back.
// Entry: check_defaults.
#include "fuzz/defaults.h"

#include "fuzz/subject.h"

namespace wirejit::fuzz {
namespace {

void check_type(const Schema& schema, const StructType& type,
                std::initializer_list<Format> formats) {
  static const Engine engine({.kind = EngineOptions::Kind::interpret, .cached_codecs = 1});
  const Result<RecordType> records = RecordType::make({schema, type}, {.max_record_size = 1 << 16});
  if (!records) {
    return;
  }
  const CallOptions call{
      .limits = {.depth = 16, .input_bytes = 1 << 16, .output_bytes = 1 << 16, .memory = 1 << 20}};
  for (const Format& format : formats) {
    const Result<RecordCodec> codec = engine.record_codec(*records, format);
    if (!codec) {
      continue;
    }
    Result<RootValue> root = RootValue::make(*records);
    if (!root) {
      fail(schema, "a record with its defaults", root.error().to_string());
    }
    Buffer out;
    if (!codec->encode(root->record(), out, call)) {
      continue;  // required fields, unions, text that is not UTF-8
    }
    Arena arena;
    if (const Result<Record> back = codec->decode(out, arena, call); !back) {
      const Outcome o = Outcome(back.error());
      if (!o.is_limit()) {
        fail(schema, "defaults are not read back by " + std::string(format.name()),
             to_string(o) + "\n" + show(out.bytes()));
      }
    }
  }
}

}  // namespace

void check_defaults(const Schema& schema, std::initializer_list<Format> formats) {
  std::size_t left = 6;
  for (const StructType& type : schema.structs()) {
    if (left-- == 0) {
      break;
    }
    check_type(schema, type, formats);
  }
}

}  // namespace wirejit::fuzz
