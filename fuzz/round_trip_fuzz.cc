// Random schemas and values: encoding, decoding and transcoding in all formats of Thrift and JSON on both engines
// give the value back. Input: seeds. Two bytes choose a schema, a byte its shape, the rest the
// value.
#include "fuzz/subject.h"

#include "tests/support/random_schema.h"
#include "tests/support/random_value.h"
#include "tests/support/reference_binary.h"
#include "tests/support/scrambled_binary.h"

namespace wirejit::fuzz {
namespace {

test::SchemaShape shape_of(std::uint8_t byte) {
  return {.structs = 1 + (byte & 3),
          .fields = (byte & 4) != 0 ? 24 : 6,
          .nesting = 1 + (byte >> 3 & 1),
          .required = (byte & 16) != 0,
          .defaults = (byte & 32) != 0,
          .unions = (byte & 64) != 0};
}

std::uint64_t fold(Bytes bytes) {
  std::uint64_t h = 0xcbf29ce484222325U;
  for (const std::uint8_t c : bytes) {
    h = (h ^ c) * 0x100000001b3U;
  }
  return h;
}

// The formats that can hold the type.
std::vector<FormatNumber> formats_of(Subject& s) {
  std::vector<FormatNumber> numbers{in_binary, in_text};
  if (s.supports(in_thrift_json)) {
    numbers.push_back(in_thrift_json);
  }
  return numbers;
}

// Writes the record in format `w`, reads it back, and transcodes it to both formats.
void check_wire(Subject& s, FormatNumber w, const RecordView& record, const std::string& expected) {
  const Outcome written = s.encode(w, record);
  if (!written.ok()) {
    s.fail("not written", to_string(written));
  }
  if (w == in_binary && written.bytes != expected) {
    s.fail("written unlike the reference", to_string(written) + "\n" + show(as_bytes(expected)));
  }
  const Subject::Decoded read = s.decode(w, as_bytes(written.bytes));
  if (!read.record) {
    s.fail("not read", to_string(written) + "\n" + to_string(read.outcome));
  }
  const auto meaning = s.normal_form(in_binary, as_bytes(expected));
  if (w == in_binary ||
      written.bytes.find("NaN") == std::string::npos) {  // NaN's bits are lost in text
    if (const auto got = s.normal_form(w, as_bytes(written.bytes)); got != meaning) {
      s.fail("read as something else", to_string(written) + "\n" +
                                           show(as_bytes(got.value_or(""))) + "\n" +
                                           show(as_bytes(meaning.value_or(""))));
    }
  }
  const auto text_meaning = s.normal_form(w, as_bytes(written.bytes));
  for (const FormatNumber to : formats_of(s)) {
    const Outcome transcoded = s.transcode(w, to, as_bytes(written.bytes));
    if (!transcoded.ok()) {
      s.fail("not transcoded", to_string(written) + "\n" + to_string(transcoded));
    }
    if (w == to && transcoded.bytes != written.bytes) {
      s.fail("transcoding to itself changes", to_string(written) + "\n" + to_string(transcoded));
    }
    if (to != in_binary && transcoded.bytes.find("NaN") != std::string::npos) {
      continue;
    }
    if (const auto got = s.normal_form(to, as_bytes(transcoded.bytes)); got != text_meaning) {
      s.fail("transcoding changes the meaning", to_string(written) + "\n" + to_string(transcoded));
    }
  }
}

// Fields in any order, twice, unknown or of another type: transcoding means what the record means.
void check_scrambled(Subject& s, const std::string& bytes) {
  const Subject::Decoded read = s.decode(in_binary, as_bytes(bytes));
  const Outcome outcome = read.outcome;
  std::optional<Outcome> texts;
  if (read.record) {
    texts = s.encode(in_text, *read.record);
  }
  for (const FormatNumber to : formats_of(s)) {
    const Outcome transcoded = s.transcode(in_binary, to, as_bytes(bytes));
    if (transcoded.code != outcome.code) {
      s.fail("decoding and transcoding disagree",
             show(as_bytes(bytes)) + "\n" + to_string(outcome) + "\n" + to_string(transcoded));
    }
    if (!outcome.ok()) {
      continue;
    }
    const auto expected = to == in_binary ? s.normal_form(in_binary, as_bytes(bytes))
                                          : s.normal_form(in_text, as_bytes(texts->bytes));
    if (const auto got = s.normal_form(to, as_bytes(transcoded.bytes)); got != expected) {
      s.fail("transcoding changes the meaning",
             show(as_bytes(bytes)) + "\n" + to_string(transcoded) + "\n" +
                 show(as_bytes(expected.value_or(""))) + "\n" + show(as_bytes(got.value_or(""))));
    }
  }
}

void run(std::uint64_t seed, std::uint8_t shape, std::uint64_t value_seed) {
  const Schema schema = test::random_schema(seed, shape_of(shape));
  const Setup& setup = binary_setups().front();
  Subject s(schema, "S0", setup, thrift_formats(setup));
  Result<RootValue> root = RootValue::make(s.type());
  if (!root) {
    s.fail("record", root.error().to_string());
  }
  test::Random r(value_seed);
  for (int i = 0; i < 4; ++i) {
    if (!root->reset()) {
      return;
    }
    // Nested values of wide structs would have megabytes, so these have one level.
    const bool wide = (shape & 4) != 0;
    test::fill_random(root->record(), r, {.depth = wide ? 1 : 3, .elements = 3, .text = 40});
    Errc error{};
    const std::string expected = test::reference_encode(root->record(), &error);
    if (expected.size() > 50000) {
      continue;
    }
    if (error != Errc::ok) {
      s.fail("a value that cannot be written", wirejit::to_string(error));
    }
    for (const FormatNumber w : formats_of(s)) {
      check_wire(s, w, root->record(), expected);
    }
    check_scrambled(s, test::scrambled_encode(root->record(), r));
  }
}

}  // namespace
}  // namespace wirejit::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4) {
    return -1;
  }
  const wirejit::Bytes rest{data + 3, size - 3};
  wirejit::fuzz::run(data[0] + 256U * data[1], data[2], wirejit::fuzz::fold(rest));
  return 0;
}
