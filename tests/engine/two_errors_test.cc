// Messages with more than one mistake: one pass, the same call through a record, and two codecs with
// a record in between report the same error, whatever the formats and the options.
#include "tests/support/protojson_support.h"
#include "tests/support/random_source.h"

#include <wirejit/record_codec.h>

#include <gtest/gtest.h>

#include <iterator>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::test {
namespace {

using namespace std::string_literals;

Schema make_schema() {
  SchemaBuilder b;
  const Google g = add_google(b);
  b.add_document("test");
  StructType& leaf = b.add_struct("Leaf");
  add_field(leaf, 1, "x", b.base(Kind::i32), present);
  StructType& choice = b.add_struct("Choice");
  choice.flavor = StructFlavor::union_;
  add_field(choice, 1, "p", b.base(Kind::i32), present);
  add_field(choice, 2, "q", b.base(Kind::string), present);
  StructType& s = b.add_struct("Item");
  s.oneofs.push_back({.name = "choice"});
  add_field(s, 1, "m", b.map_of(b.base(Kind::string), b.base(Kind::i32)), present);
  add_field(s, 2, "t", b.base(Kind::string), present);
  add_field(s, 3, "d", b.base(Kind::float64), present);
  add_field(s, 4, "oi", b.base(Kind::i32), present, 0);
  add_field(s, 5, "os", b.base(Kind::string), present, 0);
  add_field(s, 6, "ts", b.of(*g.timestamp), present);
  add_field(s, 7, "ml", b.map_of(b.base(Kind::i32), b.of(leaf)), present);
  add_field(s, 8, "req", b.base(Kind::i32), Requiredness::required);
  add_field(s, 9, "any", b.of(*g.any), present);
  add_field(s, 10, "un", b.of(choice), present);
  return built(b);
}

// Members of an Item, some valid and some not, as plain JSON.
constexpr const char* members[] = {
    R"("m":{"a":1,"a":2})",
    R"("m":{"a":1})",
    R"("m":null)",
    R"("t":"x")",
    R"("d":"NaN")",
    R"("d":1)",
    R"("oi":1)",
    R"("os":"y")",
    R"("ts":{"seconds":999999999999999,"nanos":0})",
    R"("ml":{"1":{"x":1},"1":{"x":2}})",
    R"("ml":{"1":{"x":1,"x":3}})",
    R"("req":1)",
    R"("any":{"type_url":"a/nope","value":""})",
    R"("any":{"type_url":"nope","value":"AA=="})",
    R"("un":{"p":1,"q":"z"})",
    R"("un":{})",
    R"("un":{"p":1})",
    R"("zz":1)",
};

class TwoErrors : public testing::TestWithParam<int> {
 protected:
  TwoErrors() {
    options_.unknown_fields = Unknown::skip;
    options_.reject_duplicate_keys = GetParam() % 2 == 1;
    options_.reject_duplicate_fields = GetParam() / 2 == 1;
  }

  // The member in `format`. For members[0] the bytes are made by hand, with the key twice.
  std::string piece(std::string_view member, const Format& format, bool binary) const {
    if (member == members[0]) {
      return binary ? "\x0d\x00\x01\x0b\x08\x00\x00\x00\x02\x00\x00\x00\x01"
                      "a\x00\x00\x00\x01\x00\x00\x00\x01"
                      "a\x00\x00\x00\x02"s
                    : "\x0a\x05\x0a\x01"
                      "a\x10\x01\x0a\x05\x0a\x01"
                      "a\x10\x02"s;
    }
    Options loose;
    loose.unknown_fields = Unknown::skip;
    loose.check_unions = false;
    loose.missing_required = MissingRequired::omit;
    const auto to = engine_.transcoder({schema_, type_}, json::text, format, loose);
    Buffer out;
    if (!to->transcode(std::string_view("{" + std::string(member) + "}"), out)) {
      return {};
    }
    return std::string(binary ? out.text().substr(0, out.size() - 1) : out.text());
  }

  std::string message(Random& random, const Format& format) const {
    const bool text = format.is_text();
    const bool binary = format.name() == thrift::binary.name();
    std::string m = text ? R"({"req":1)" : piece(R"("req":1)", format, binary);
    for (std::size_t k = 1 + random.below(5); k > 0; --k) {
      const std::string_view member = members[random.below(std::size(members))];
      m += text ? "," + std::string(member) : piece(member, format, binary);
    }
    return m + (text ? "}" : binary ? "\0"s : ""s);
  }

  static std::string code(const Result<void>& done) {
    return done ? "ok" : std::string(to_string(done.error().code()));
  }

  void compare(const Format& from, const Format& to, int rounds) {
    Options by_record = options_;
    by_record.debug.through_record = true;
    const auto one = engine_.transcoder({schema_, type_}, from, to, options_);
    const auto two = engine_.transcoder({schema_, type_}, from, to, by_record);
    const RecordType records = *RecordType::make(schema_, "test.Item");
    const auto reads = engine_.record_codec(records, from, options_);
    const auto writes = engine_.record_codec(records, to, options_);
    ASSERT_TRUE(one && two && reads && writes);
    Random random(7);
    for (int k = 0; k < rounds; ++k) {
      const std::string m = message(random, from);
      Buffer out;
      const std::string first = code(one->transcode(std::string_view(m), out));
      EXPECT_EQ(code(two->transcode(std::string_view(m), out)), first) << m;
      Arena arena;
      const auto record = reads->decode(std::string_view(m), arena);
      EXPECT_EQ(record ? code(writes->encode(*record, out))
                       : std::string(to_string(record.error().code())),
                first)
          << m;
    }
  }

  Schema schema_ = make_schema();
  const StructType& type_ = *schema_.find_struct("test.Item");
  Engine engine_;
  Options options_;
};

TEST_P(TwoErrors, EveryPathReportsTheSame) {
  const Format proto = pb::json({.reject_duplicates = false});
  const Format finite = json::text({.not_finite = json::NotFinite::error});
  for (const Format& from :
       std::initializer_list<Format>{json::text, proto, thrift::binary, pb::wire}) {
    for (const Format& to :
         std::initializer_list<Format>{json::text, finite, proto, thrift::binary, pb::wire}) {
      SCOPED_TRACE(std::string(from.name()) + " to " + std::string(to.name()));
      compare(from, to, 600);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(DuplicateKeysAndFields, TwoErrors, testing::Range(0, 4));

// Protobuf: fields that must not come twice are also rejected where the call is retried for another
// reason.
TEST(TwoErrorsOfProtobuf, DuplicatesAreRejectedWhateverElseTheMessageIs) {
  const Schema schema = make_schema();
  const StructType& type = *schema.find_struct("test.Item");
  const std::string twice =
      "\x0a\x05\x0a\x01"
      "a\x10\x01\x0a\x05\x0a\x01"
      "a\x10\x02";
  const std::string req = "\x40\x01";
  const std::string texts = "\x12\x01x\x12\x01y";        // a field that comes again
  const std::string both = "\x52\x05\x08\x01\x12\x01z";  // two members of a union
  const RecordType records = *RecordType::make(schema, "test.Item");
  for (const auto kind : {EngineOptions::Kind::interpret, EngineOptions::Kind::automatic}) {
    const Engine engine({.kind = kind});
    const auto code = [&](const std::string& bytes, const Options& options) {
      const auto one = engine.transcoder({schema, type}, pb::wire, json::text, options);
      const auto codec = engine.record_codec(records, pb::wire, options);
      Buffer out;
      Arena arena;
      const auto done = one->transcode(std::string_view(bytes), out);
      const auto read = codec->decode(std::string_view(bytes), arena);
      EXPECT_EQ(done.has_value(), read.has_value());
      if (!done && !read) {
        EXPECT_EQ(done.error().code(), read.error().code());
        EXPECT_EQ(done.error().offset(), read.error().offset());
      }
      return done ? Errc::ok : done.error().code();
    };
    const Options keys{.reject_duplicate_keys = true};
    const Options fields{.reject_duplicate_fields = true};
    EXPECT_EQ(code(req + texts, keys), Errc::ok);
    EXPECT_EQ(code(req + twice, keys), Errc::duplicate_key);
    EXPECT_EQ(code(req + twice + texts, keys), Errc::duplicate_key);
    EXPECT_EQ(code(req + texts + twice, keys), Errc::duplicate_key);
    EXPECT_EQ(code(texts + twice, keys), Errc::duplicate_key);
    EXPECT_EQ(code(req + twice + texts, fields), Errc::duplicate_field);
    EXPECT_EQ(code(texts, fields), Errc::duplicate_field);
    EXPECT_EQ(code(req + both, {}), Errc::ok);  // the last counts
    EXPECT_EQ(code(req + both, fields), Errc::duplicate_field);
  }
}

}  // namespace
}  // namespace wirejit::test
