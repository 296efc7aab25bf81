// Failing allocations: each allocation of a call in turn fails, then calls get memory budgets of all
// sizes. A call ends with no_memory (or succeeds without the memory), loses no block, and works
// afterwards.
#include "tests/support/fault_injection.h"
#include "tests/support/protojson_support.h"

#include <wirejit/json.h>
#include <wirejit/record_codec.h>
#include <wirejit/reflect.h>
#include <wirejit/stream.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wirejit::test {

enum class FaultColor : std::int32_t { red = 1, green = 2 };
struct FaultLine {
  std::string sku;
  std::int32_t count = 1;
  std::vector<std::int64_t> numbers;
};
WIREJIT_STRUCT(FaultLine, (1, sku), (2, count), (3, numbers))
struct FaultOrder {
  std::string name;
  std::vector<FaultLine> lines;
  std::map<std::string, FaultLine> by_name;
  std::unique_ptr<FaultOrder> next;
  std::optional<std::string> note;
  std::set<std::int32_t> ids;
  std::shared_ptr<FaultLine> shared;
  std::vector<bool> flags;
};
WIREJIT_STRUCT(FaultOrder, (1, name), (2, lines), (3, by_name), (4, next), (5, note), (6, ids),
               (7, shared), (8, flags))

namespace {

constexpr const char* idl = R"(
/** A line. */
struct Line { 1: string sku, 2: i32 count = 1, 3: list<i64> numbers = [1, 2, 3] }
union Choice { 1: i32 number, 2: Line line }
struct Order {
  1: string name = "a default that is longer than short strings", 2: list<Line> lines, 3: map<string, Line> by_name,
  4: optional Order next, 5: optional string note, 6: set<i32> ids, 7: optional Choice choice, 8: list<bool> flags
}
service Orders { Order get(1: i64 id) throws (1: Failure failure) }
exception Failure { 1: string why }
)";

// A key of a map and a field come twice, so that transcoding is retried through a record.
constexpr const char* text =
    R"({"name":"a name that is longer than short strings","lines":[{"sku":"a sku that is longer than short strings",)"
    R"("count":2,"numbers":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]},{"sku":"b"},{},{},{"sku":"\u00e9\n"}],)"
    R"("by_name":{"first key that is longer than others":{"sku":"c"},"k":{},"k":{"count":3}},"next":{"name":"n","ids":[3,1,2]},)"
    R"("note":"a note that is longer than short strings","note":"another note that is longer than that","flags":[true,false]})";

template <class T>
T value_or_abort(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().to_string();
    std::abort();
  }
  return *std::move(result);
}

class FaultInjection : public testing::TestWithParam<EngineOptions::Kind> {
 protected:
  Schema schema = value_or_abort(thrift::load_text(idl));
  RecordType type = value_or_abort(RecordType::make(schema, "Order"));
  Engine engine{EngineOptions{.kind = GetParam()}};
  RecordCodec json = value_or_abort(engine.record_codec(type, json::text));
  RecordCodec binary = value_or_abort(engine.record_codec(type, thrift::binary));

  std::string bytes() {
    Arena arena;
    const Record record = value_or_abort(json.decode(text, arena));
    Buffer out;
    EXPECT_TRUE(binary.encode(record, out));
    return std::string(out.text());
  }
};
INSTANTIATE_TEST_SUITE_P(Engines, FaultInjection,
                         testing::Values(EngineOptions::Kind::interpret,
                                         EngineOptions::Kind::automatic),
                         [](const auto& p) {
                           return std::string(
                               p.param == EngineOptions::Kind::interpret ? "interpreter" : "jit");
                         });

TEST(FaultInjectionOfSchemas, LoadingIdl) {
  const Report report = inject([] { return code_of(thrift::load_text(idl)); });
  expect_faults(report, 50);
}

TEST(FaultInjectionOfSchemas, LayoutsOfRecords) {
  const Schema schema = value_or_abort(thrift::load_text(idl));
  const Report report = inject([&] { return code_of(RecordType::make(schema, "Order")); });
  expect_faults(report, 10);
}

TEST(FaultInjectionOfStreams, AMessageWithoutMemoryIsLeftOutAndTheNextIsRead) {
  const std::string large(200'000, 'x');
  for (const Framing framing : {Framing::ndjson, Framing::delimited, Framing::framed}) {
    std::string bytes;
    const auto write = [&](StreamSink sink) {
      StreamWriter writer(std::move(sink), framing);
      for (const std::string_view message : {std::string_view(large), std::string_view("ab")}) {
        if (Result<void> done = writer.write(as_bytes(message)); !done) {
          return done.error().code();
        }
      }
      return code_of(writer.close());
    };
    ASSERT_EQ(write(StreamSink::memory(bytes)), Errc::ok);
    const Report writing = inject([&] {
      Buffer out;
      return write(StreamSink::memory(out));
    });
    expect_faults(writing, 1);
    const Report reading = inject([&] {
      StreamReader reader(StreamSource::memory(bytes), framing);
      Errc code = Errc::ok;
      std::size_t last = 0;
      for (bool more = true; more;) {
        const Result<std::optional<StreamMessage>> next = reader.next();
        code = next ? code : next.error().code();
        more = !next || next->has_value();
        last = next && more ? (*next)->bytes.size() : last;
      }
      EXPECT_TRUE(last == 2 || reader.broken());
      return code;
    });
    expect_faults(reading, 2);
  }
  const std::string path = "tests/engine/fault_injection_test.cc";  // longer than short strings
  const Report opening = inject([&] { return code_of(StreamSource::file(path)); });
  expect_faults(opening, 0);
}

TEST_P(FaultInjection, DecodingRecords) {
  const std::string b = bytes();
  const Report from_text = inject([&] {
    Arena arena(256);
    return code_of(json.decode(text, arena));
  });
  expect_faults(from_text, 2);
  const Report from_binary = inject([&] {
    Arena arena(256);
    return code_of(binary.decode(b, arena));
  });
  expect_faults(from_binary, 2);
}

TEST_P(FaultInjection, EncodingRecords) {
  Arena arena;
  const Record record = value_or_abort(json.decode(text, arena));
  for (const RecordCodec* codec : {&json, &binary}) {
    const Report report = inject([&] {
      Buffer out;
      return code_of(codec->encode(record, out));
    });
    expect_faults(report, 0);
  }
}

TEST_P(FaultInjection, CopiesOfRecords) {
  Arena arena;
  const Record record = value_or_abort(json.decode(text, arena));
  const Report report = inject([&] {
    Arena to(256);
    return code_of(Record::copy(to, record));
  });
  expect_faults(report, 2);
}

TEST_P(FaultInjection, Transcoding) {
  const std::string b = bytes();
  const StructType& order = *schema.find_struct("Order");
  const Transcoder to_binary =
      value_or_abort(engine.transcoder({schema, order}, json::text, thrift::binary));
  const Report with_duplicates = inject([&] {
    Buffer out;
    return code_of(to_binary.transcode(text, out));
  });
  expect_faults(with_duplicates, 2);
  const Transcoder to_text =
      value_or_abort(engine.transcoder({schema, order}, thrift::binary, json::text));
  const Report plain = inject([&] {
    Buffer out;
    return code_of(to_text.transcode(b, out));
  });
  expect_faults(plain, 0);
}

// A google.protobuf.Any is converted by a transcoder that is made during the call.
TEST_P(FaultInjection, Anys) {
  SchemaBuilder b;
  const Google google = add_google(b);
  b.add_document("test");
  StructType& item = b.add_struct("Item");
  add_field(item, 1, "name", b.base(Kind::string));
  add_field(item, 2, "any", b.of(*google.any), present);
  const Schema made = value_or_abort(b.build());
  const StructType& item_type = *made.find_struct("test.Item");
  const Format proto = proto_json(thrift::binary, {.indent = 2});
  constexpr const char* anys =
      R"({"any":{"@type":"a/test.Item","name":"a name that is longer than short strings",)"
      R"("any":{"@type":"a/google.protobuf.FieldMask","value":"aB,c\u0064"}}})";
  const Transcoder there =
      value_or_abort(engine.transcoder({made, item_type}, proto, thrift::binary));
  Buffer bytes;
  ASSERT_TRUE(there.transcode(anys, bytes));
  const Transcoder back =
      value_or_abort(engine.transcoder({made, item_type}, thrift::binary, proto));
  const auto call = [](const Transcoder& t, const Input& input) {
    Buffer out;
    return code_of(t.transcode(input, out));
  };
  expect_faults(inject([&] { return call(there, anys); }), 5);
  expect_faults(inject([&] { return call(back, bytes); }), 5);
  const Report compiling = inject([&] {
    const bool armed = std::exchange(Faults::get().armed, false);
    const Engine fresh(EngineOptions{.kind = GetParam()});
    Faults::get().armed = armed;
    const Result<Transcoder> t = fresh.transcoder({made, item_type}, proto, proto);
    return t ? call(*t, anys) : t.error().code();
  });
  expect_faults(compiling, 50);
}

TEST_P(FaultInjection, ObjectsOfCpp) {
  const auto objects = value_or_abort(engine.codec<FaultOrder>(json::text));
  const auto objects_binary = value_or_abort(engine.codec<FaultOrder>(thrift::binary));
  FaultOrder order;
  const Result<void> done = objects.decode(text, order);
  ASSERT_TRUE(done) << done.error().to_string();
  Buffer b;
  ASSERT_TRUE(objects_binary.encode(order, b));
  const Report fresh = inject([&] {
    FaultOrder o;
    return code_of(objects.decode(text, o));
  });
  expect_faults(fresh, 10);
  const Report fresh_binary = inject([&] {
    FaultOrder o;
    const Errc code = code_of(objects_binary.decode(b, o));
    if (code == Errc::ok) {
      EXPECT_EQ(o.lines.size(), 5U);
    }
    return code;
  });
  expect_faults(fresh_binary, 10);
  const Report encoding = inject([&] {
    Buffer out;
    return code_of(objects.encode(order, out));
  });
  expect_faults(encoding, 0);
}

TEST_P(FaultInjection, DecodingMalformedInput) {
  const std::string b = bytes();
  // Without paths, as finding a path allocates memory.
  const auto objects =
      value_or_abort(engine.codec<FaultOrder>(thrift::binary, {.error_paths = false}));
  for (const std::size_t size : {b.size() - 1, b.size() / 2, std::size_t{40}}) {
    // The constructor of Error allocates, and throws if that fails. No block is lost even then.
    (void)inject(
        [&] {
          FaultOrder o;
          const Errc code = code_of(objects.decode(std::string_view(b).substr(0, size), o));
          return code == Errc::truncated ? Errc::ok : code;
        },
        true);
  }
}

TEST_P(FaultInjection, CompilingCodecs) {
  const Report report = inject([&] {
    const bool armed = std::exchange(Faults::get().armed, false);
    const Engine fresh(EngineOptions{.kind = GetParam()});  // a constructor has no Result
    Faults::get().armed = armed;
    const Result<RecordCodec> b = fresh.record_codec(type, thrift::binary);
    if (!b) {
      return b.error().code();
    }
    return code_of(fresh.record_codec(type, json::text));
  });
  expect_faults(report, 50);
}

TEST_P(FaultInjection, EnginesCompileAfterAFault) {
  const Engine one(EngineOptions{.kind = GetParam()});
  Faults& f = Faults::get();
  for (long n = 0; n < 200; n += 7) {
    f.allowed = n;
    f.armed = true;
    bool threw = false;
    try {
      (void)one.record_codec(type, thrift::binary);
    } catch (const std::bad_alloc&) {
      threw = true;
    }
    f.armed = false;
    EXPECT_FALSE(threw) << n;
  }
  const Result<RecordCodec> made = one.record_codec(type, thrift::binary);
  EXPECT_TRUE(made) << made.error().to_string();
}

// A call fails with memory_limit under each budget up to some size, and succeeds with all larger ones.
TEST_P(FaultInjection, TheMemoryBudgetFromNothingUpwards) {
  const std::string b = bytes();
  std::size_t enough[2] = {0, 0};
  for (std::size_t w = 0; w < 2; ++w) {
    for (std::size_t memory = 0; memory < 10000; memory += 1 + memory / 16) {
      const RecordCodec codec =
          value_or_abort(engine.record_codec(type, w == 0 ? json::text : thrift::binary));
      Arena arena;
      const Result<Record> got = codec.decode(w == 0 ? std::string_view(text) : std::string_view(b),
                                              arena, {.limits = {.memory = memory}});
      if (got) {
        enough[w] = enough[w] == 0 ? memory : enough[w];
      } else {
        EXPECT_EQ(got.error().code(), Errc::memory_limit) << memory;
        EXPECT_EQ(enough[w], 0U) << memory << " bytes are too few, fewer were enough";
      }
    }
    EXPECT_GT(enough[w], 500U);
  }
}

TEST_P(FaultInjection, TheLimitOfOutputFromNothingUpwards) {
  const std::string b = bytes();
  Arena arena;
  const Record record = value_or_abort(binary.decode(b, arena));
  for (std::size_t limit = 0; limit < b.size() + 40; limit += 1 + limit / 16) {
    const RecordCodec codec = value_or_abort(engine.record_codec(type, thrift::binary));
    Buffer out;
    const Result<void> done = codec.encode(record, out, {.limits = {.output_bytes = limit}});
    EXPECT_EQ(done.has_value(), limit >= b.size()) << limit << " of " << b.size();
    if (!done) {
      EXPECT_EQ(done.error().code(), Errc::size_limit);
      EXPECT_TRUE(out.empty());
    }
  }
}

}  // namespace
}  // namespace wirejit::test
