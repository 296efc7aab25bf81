// Bytes as JSON text: both engines, records, C++ objects and transcoding, and simdjson's verdict on
// the grammar. Input: a byte for the schema, a byte for the setup (and the guard page), the text.
#include "fuzz/objects.h"
#include "fuzz/schemas.h"

#include <simdjson.h>

namespace wirejit::fuzz {
namespace {

// What wirejit accepts, simdjson must accept. A struct without fields accepts any object and skips
// its members, so for such a struct the opposite holds, too. Not compared: numbers that simdjson's
// types cannot hold, and texts beyond our limits.
void check_grammar(Subject& s, Bytes bytes, const Outcome& ours) {
  static simdjson::dom::parser parser;
  const simdjson::padded_string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  simdjson::dom::element root;
  const simdjson::error_code verdict = parser.parse(text).get(root);
  if (verdict == simdjson::NUMBER_ERROR || verdict == simdjson::CAPACITY || ours.is_limit()) {
    return;
  }
  if (ours.ok() && verdict != simdjson::SUCCESS) {
    s.fail("simdjson rejects what is accepted", simdjson::error_message(verdict));
  }
  const bool any_object =
      s.type().structure() != nullptr && s.type().structure()->schema->fields.empty();
  if (!any_object || s.setup().options.unknown_fields == Unknown::error ||
      verdict != simdjson::SUCCESS) {
    return;
  }
  if (root.is_object() != ours.ok()) {
    s.fail("simdjson accepts what is rejected", to_string(ours));
  }
}

void check_written(Subject& s, Bytes bytes, const Outcome& read, const Outcome& text) {
  if (text.is_limit()) {
    return;
  }
  if (!text.ok()) {
    // A text can hold numbers that are not finite as strings only.
    if (text.code == Errc::invalid_number && s.setup().text.not_finite == json::NotFinite::error) {
      return;
    }
    s.fail("what was read is not written", to_string(read) + "\n" + to_string(text));
  }
  const Subject::Decoded again = s.decode(in_text, as_bytes(text.bytes));
  if (again.outcome.is_limit()) {
    return;
  }
  if (!again.record) {
    s.fail("what was written is not read", to_string(text) + "\n" + to_string(again.outcome));
  }
  const Outcome second = s.encode(in_text, *again.record);
  if (second.bytes != text.bytes) {
    s.fail("re-encoding is no fixpoint", to_string(text) + "\n" + to_string(second));
  }
  const auto expected = s.normal_form(in_text, as_bytes(text.bytes));
  for (const FormatNumber to : {in_binary, in_text}) {
    const Outcome transcoded = s.transcode(in_text, to, bytes);
    if (transcoded.is_limit()) {
      continue;
    }
    if (!transcoded.ok()) {
      s.fail("decoded, but not transcoded", to_string(transcoded));
    }
    const auto got = s.normal_form(to, as_bytes(transcoded.bytes));
    if (expected != got && !s.decode(to, as_bytes(transcoded.bytes)).outcome.is_limit() &&
        !s.has_duplicate_keys(in_text, bytes)) {
      s.fail("transcoding changes the meaning", to_string(transcoded) + "\n" +
                                                    show(as_bytes(expected.value_or(""))) + "\n" +
                                                    show(as_bytes(got.value_or(""))));
    }
  }
}

void run(Subject& s, Bytes bytes) {
  const Subject::Decoded read = s.decode(in_text, bytes);
  const Outcome outcome = read.outcome;
  check_grammar(s, bytes, outcome);
  if (read.record) {
    const Outcome text = s.encode(in_text, *read.record);
    const Outcome binary = s.encode(in_binary, *read.record);
    if (!binary.ok() && !binary.is_limit()) {
      s.fail("not written as Binary", to_string(binary));
    }
    check_written(s, bytes, outcome, text);
  } else {
    s.check_rejected(in_text, bytes, outcome);
  }
  check_objects(s, in_text, bytes, outcome);
}

}  // namespace
}  // namespace wirejit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace wirejit::fuzz;
  if (size < 2 || size > 65536) {
    return -1;
  }
  Subject& s = subject(data[0], text_setups(), data[1] & 0x7f);
  s.set_flipped(data[1] >= 0x80);
  run(s, {data + 2, size - 2});
  return 0;
}
