// Calls that append to a Chain: the bytes are those of a Buffer, what was there does not move, long
// bytes are linked where the call says so, and a call that fails leaves the chain and its owners as
// they were.
#include "tests/support/fault_injection.h"

#include <wirejit/chain.h>
#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/record_codec.h>
#include <wirejit/reflect.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wirejit::test {

struct ChainPart {
  std::string name;
  std::string data;
  std::vector<std::string> pieces;
  std::map<std::string, std::string> by_name;
  std::unique_ptr<ChainPart> next;
};
WIREJIT_STRUCT(ChainPart, (1, name), (2, data), (3, pieces), (4, by_name), (5, next))
struct ChainMessage {
  std::int64_t id = 0;
  std::vector<ChainPart> parts;
  std::optional<std::string> text;
};
WIREJIT_STRUCT(ChainMessage, (1, id), (2, parts), (3, text))

namespace {

constexpr std::size_t default_size = 5000;

std::string idl() {
  return R"(
struct Part {
  1: string name, 2: binary data, 3: list<string> pieces, 4: map<string, binary> by_name, 5: optional Part next
}
struct Message { 1: i64 id, 2: list<Part> parts, 3: string text = ")" +
         std::string(default_size, 'd') + R"(" }
struct Strict { 1: i64 id, 2: list<Part> parts, 3: required string must }
struct Narrow { 1: i64 id }
)";
}

template <class T>
T value_or_abort(Result<T> result) {
  if (!result) {
    ADD_FAILURE() << result.error().to_string();
    std::abort();
  }
  return *std::move(result);
}

std::string text_of(const Chain& chain) {
  std::string all;
  for (const Bytes segment : chain.spans()) {
    all += as_text(segment);
  }
  EXPECT_EQ(all.size(), chain.size());
  return all;
}

std::string long_text(std::size_t size, char first) {
  std::string s(size, first);
  for (std::size_t k = 0; k < size; k += 7) {
    s[k] = static_cast<char>('0' + k % 10);
  }
  return s;
}

// Strings around the sizes at which they are copied in different ways, or linked; lists whose
// counts take one byte, two, and three.
ChainMessage message(std::size_t longest) {
  ChainMessage m;
  m.id = 7;
  char first = 'a';
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, std::size_t{63}, std::size_t{64},
                                 std::size_t{100}, std::size_t{4095}, longest}) {
    ChainPart& part = m.parts.emplace_back();
    part.name = long_text(size, first++);
    part.data = long_text(size + 1, first++);
    part.pieces = {"x", long_text(longest, first++), "y"};
    part.by_name = {{"first", long_text(size, first)}, {"second", "s"}};
    part.next = std::make_unique<ChainPart>();
    part.next->pieces.assign(size % 200, long_text(70, first));
  }
  m.text = long_text(longest, 't');
  return m;
}

// How many of the chain's segments lie in `memory`, and that no part of them is in none.
bool lies_in(Bytes bytes, std::string_view memory) {
  const auto at = reinterpret_cast<std::uintptr_t>(bytes.data());
  const auto begin = reinterpret_cast<std::uintptr_t>(memory.data());
  return at >= begin && at + bytes.size() <= begin + memory.size();
}
std::size_t segments_in(const Chain& chain, std::string_view memory) {
  return static_cast<std::size_t>(
      std::ranges::count_if(chain.spans(), [&](Bytes s) { return lies_in(s, memory); }));
}

void for_each_string(const ChainPart& p, const auto& f) {
  f(p.name);
  f(p.data);
  for (const std::string& s : p.pieces) {
    f(s);
  }
  for (const auto& [key, value] : p.by_name) {
    f(key);
    f(value);
  }
  if (p.next != nullptr) {
    for_each_string(*p.next, f);
  }
}
void for_each_string(const ChainMessage& m, const auto& f) {
  for (const ChainPart& p : m.parts) {
    for_each_string(p, f);
  }
  if (m.text) {
    f(*m.text);
  }
}

// A chain with contents, which must stay where they are.
class Before {
 public:
  explicit Before(std::size_t copied = 40) {
    const std::string text(copied, 'c');
    EXPECT_TRUE(chain.append(as_bytes(text)));
    EXPECT_TRUE(chain.append_external(as_bytes("external")));
    text_ = text_of(chain);
    spans_.assign(chain.spans().begin(), chain.spans().end());
  }
  // What was appended.
  std::string appended() const {
    std::string all = text_of(chain);
    EXPECT_TRUE(all.starts_with(text_));
    for (std::size_t k = 0; k < spans_.size(); ++k) {
      EXPECT_EQ(chain.spans()[k].data(), spans_[k].data());
    }
    return all.substr(std::min(all.size(), text_.size()));
  }

  Chain chain;

 private:
  std::string text_;
  std::vector<Bytes> spans_;
};

const std::vector<Format>& formats() {
  static const std::vector<Format> all{thrift::binary, thrift::compact, json::text, pb::wire};
  return all;
}
bool links(const Format& to) { return to.name().starts_with("thrift-"); }

class ChainOutput : public testing::TestWithParam<EngineOptions::Kind> {
 protected:
  // The message in a format, as a Buffer gets it.
  std::string encoded(const Format& format, const ChainMessage& m) const {
    std::string out;
    EXPECT_TRUE(value_or_abort(engine.codec<ChainMessage>(type, format)).encode(m, out));
    return out;
  }

  Schema schema = value_or_abort(thrift::load_text(idl()));
  StructRef type = value_or_abort(schema.find_struct("Message"));
  Engine engine{EngineOptions{.kind = GetParam()}};
};
INSTANTIATE_TEST_SUITE_P(Engines, ChainOutput,
                         testing::Values(EngineOptions::Kind::interpret,
                                         EngineOptions::Kind::automatic),
                         [](const auto& p) {
                           return std::string(
                               p.param == EngineOptions::Kind::interpret ? "interpreter" : "jit");
                         });

TEST_P(ChainOutput, HasTheBytesOfABuffer) {
  for (const Format& format : formats()) {
    const auto codec = value_or_abort(engine.codec<ChainMessage>(type, format));
    for (const std::size_t longest : {std::size_t{1}, std::size_t{300}, std::size_t{100000}}) {
      const ChainMessage m = message(longest);
      const std::string expected = encoded(format, m);
      Before before;
      ASSERT_TRUE(codec.encode(m, before.chain));
      EXPECT_EQ(before.appended(), expected) << format.name();
      ASSERT_TRUE(codec.encode(m, before.chain));
      EXPECT_EQ(before.appended(), expected + expected) << format.name();
      EXPECT_LE(before.chain.spans().size(), 4U);
    }
  }
}

TEST_P(ChainOutput, OfSmallMessagesIsInOneSegment) {
  const auto codec = value_or_abort(engine.codec<ChainMessage>(type, thrift::binary));
  ChainMessage m;
  m.text = "small";
  const std::string one = encoded(thrift::binary, m);
  Chain chain;
  std::string expected;
  for (int k = 0; k < 10; ++k) {
    ASSERT_TRUE(codec.encode(m, chain));
    expected += one;
  }
  ASSERT_TRUE(chain.prepend(as_bytes("size")));
  EXPECT_EQ(text_of(chain), "size" + expected);
  EXPECT_EQ(chain.spans().size(), 1U);
}

TEST_P(ChainOutput, LinksLongBytesOfObjects) {
  for (const Format& format : formats()) {
    const auto codec = value_or_abort(engine.codec<ChainMessage>(type, format));
    for (const std::size_t min_bytes : {std::size_t{1}, std::size_t{64}, std::size_t{4096}}) {
      const auto m = std::make_shared<const ChainMessage>(message(20000));
      const std::string expected = encoded(format, *m);
      const ChainOwner owner = m;
      Before before;
      ASSERT_TRUE(codec.encode(*m, before.chain,
                               {.by_reference = {.min_bytes = min_bytes, .owner = &owner}}));
      EXPECT_EQ(before.appended(), expected) << format.name();
      std::size_t linked = 0;
      for_each_string(*m, [&](const std::string& s) {
        const bool is_long = s.size() >= std::max(min_bytes, std::size_t{64}) && links(format);
        EXPECT_EQ(segments_in(before.chain, s), is_long ? 1U : 0U) << s.size();
        linked += is_long ? 1 : 0;
      });
      EXPECT_EQ(linked != 0, links(format));
      EXPECT_EQ(owner.use_count(), 2 + static_cast<long>(linked));
      before.chain.clear();
      EXPECT_EQ(owner.use_count(), 2);
    }
  }
}

TEST_P(ChainOutput, LinksWithoutAnOwner) {
  const auto codec = value_or_abort(engine.codec<ChainMessage>(type, thrift::binary));
  const ChainMessage m = message(20000);
  Chain chain;
  ASSERT_TRUE(codec.encode(m, chain, {.by_reference = {.min_bytes = 4096}}));
  EXPECT_EQ(text_of(chain), encoded(thrift::binary, m));
  EXPECT_EQ(segments_in(chain, *m.text), 1U);
}

TEST_P(ChainOutput, CopiesToOtherOutputs) {
  const auto codec = value_or_abort(engine.codec<ChainMessage>(type, thrift::binary));
  const ChainMessage m = message(20000);
  const CallOptions call{.by_reference = {.min_bytes = 64}};
  Buffer buffer;
  std::string text;
  ASSERT_TRUE(codec.encode(m, buffer, call));
  ASSERT_TRUE(codec.encode(m, text, call));
  EXPECT_EQ(buffer.text(), encoded(thrift::binary, m));
  EXPECT_EQ(text, encoded(thrift::binary, m));
}

TEST_P(ChainOutput, LinksLongBytesOfRecords) {
  const ChainMessage m = message(20000);
  for (const Format& from : std::vector<Format>{thrift::binary, json::text}) {
    const std::string bytes = encoded(from, m);
    for (const Format& to : formats()) {
      const auto reads = value_or_abort(engine.record_codec(type, from));
      const auto writes = value_or_abort(engine.record_codec(reads.type(), to));
      const auto arena = std::make_shared<Arena>();
      const Record record = value_or_abort(reads.decode(bytes, *arena));
      const Value value = value_or_abort(reads.decode_value(bytes, *arena));
      const ChainOwner owner = arena;
      const CallOptions call{.by_reference = {.min_bytes = 4096, .owner = &owner}};
      Before before;
      ASSERT_TRUE(writes.encode(record, before.chain, call));
      ASSERT_TRUE(writes.encode(value, before.chain, call));
      ASSERT_TRUE(writes.encode(record, before.chain));
      const std::string one = encoded(to, m);
      EXPECT_EQ(before.appended(), one + one + one) << from.name() << " to " << to.name();
      EXPECT_EQ(owner.use_count() > 20, links(to));
      EXPECT_EQ(writes.encode(RecordView(), before.chain, call).error().code(), Errc::not_found);
      EXPECT_EQ(before.appended(), one + one + one);
    }
  }
}

// The input in one span, and in a chain of pieces which strings span.
TEST_P(ChainOutput, LinksLongBytesOfInputs) {
  const ChainMessage m = message(20000);
  for (const Format& from : formats()) {
    const std::string bytes = encoded(from, m);
    for (const Format& to : formats()) {
      const auto transcoder = value_or_abort(engine.transcoder(type, from, to));
      std::string expected;
      ASSERT_TRUE(transcoder.transcode(bytes, expected));
      for (const std::size_t min_bytes : {std::size_t{64}, std::size_t{4096}}) {
        SCOPED_TRACE(std::string(from.name()) + " to " + std::string(to.name()));
        const auto input = std::make_shared<std::string>(bytes);
        const ChainOwner owner = input;
        const CallOptions call{.by_reference = {.min_bytes = min_bytes, .owner = &owner}};
        Before whole;
        ASSERT_TRUE(transcoder.transcode(*input, whole.chain, call));
        EXPECT_EQ(whole.appended(), expected);
        const std::size_t linked = segments_in(whole.chain, *input);
        EXPECT_EQ(owner.use_count(), 2 + static_cast<long>(linked));
        if (!links(to)) {
          EXPECT_EQ(linked, 0U);
        } else if (min_bytes == 4096) {
          EXPECT_EQ(linked, from == json::text ? 9U : 12U);  // binaries in JSON are base64
        } else {
          EXPECT_GT(linked, 200U);
        }

        Chain pieces;
        for (std::size_t at = 0; at < input->size(); at += 3001) {
          ASSERT_TRUE(
              pieces.append_external(as_bytes(std::string_view(*input).substr(at, 3001)), owner));
        }
        Before gathered;
        ASSERT_TRUE(transcoder.transcode(pieces, gathered.chain, call));
        pieces.clear();
        EXPECT_EQ(gathered.appended(), expected);
        EXPECT_EQ(segments_in(gathered.chain, *input) > linked, links(to));
      }
      Before copied;
      ASSERT_TRUE(transcoder.transcode(bytes, copied.chain));
      EXPECT_EQ(copied.appended(), expected);
      EXPECT_EQ(segments_in(copied.chain, bytes), 0U);
    }
  }
}

// Text with escapes is read into scratch memory.
TEST_P(ChainOutput, CopiesWhatIsNotInTheInput) {
  const auto transcoder = value_or_abort(engine.transcoder(type, json::text, thrift::binary));
  const std::string plain = long_text(6000, 'p');
  const std::string input =
      R"({"id":1,"parts":[{"name":"\n)" + plain + R"("},{"name":")" + plain + R"("}],"text":""})";
  std::string expected;
  ASSERT_TRUE(transcoder.transcode(input, expected));
  Chain chain;
  ASSERT_TRUE(transcoder.transcode(input, chain, {.by_reference = {.min_bytes = 64}}));
  EXPECT_EQ(text_of(chain), expected);
  EXPECT_EQ(segments_in(chain, input), 1U);
}

// A default value belongs to the codec, which may be gone before the chain is.
TEST_P(ChainOutput, CopiesDefaultValues) {
  Chain chain;
  std::string expected;
  const ChainMessage m;
  {
    const Engine own(EngineOptions{.kind = GetParam()});
    const auto codec = value_or_abort(own.codec<ChainMessage>(type, thrift::compact));
    const auto transcoder = value_or_abort(own.transcoder(type, json::text, thrift::compact));
    const CallOptions call{.by_reference = {.min_bytes = 64}};
    ASSERT_TRUE(codec.encode(m, expected));
    ASSERT_TRUE(transcoder.transcode("{}", expected));
    EXPECT_GT(expected.size(), default_size);
    ASSERT_TRUE(codec.encode(m, chain, call));
    ASSERT_TRUE(transcoder.transcode("{}", chain, call));
  }
  schema = Schema();
  EXPECT_EQ(text_of(chain), expected);
  EXPECT_LE(chain.spans().size(), 2U);
}

TEST_P(ChainOutput, LinksUnknownFields) {
  const Options keep{.unknown_fields = Unknown::keep};
  const ChainMessage m = message(20000);
  for (const Format& format : {thrift::binary, thrift::compact}) {
    const auto codec =
        value_or_abort(engine.record_codec(*schema.find_struct("Narrow"), format, keep));
    Arena arena;
    const Record record = value_or_abort(codec.decode(encoded(format, m), arena));
    std::string expected;
    ASSERT_TRUE(codec.encode(record, expected));
    ASSERT_GT(expected.size(), 20000U);
    Chain chain;
    ASSERT_TRUE(codec.encode(record, chain, {.by_reference = {.min_bytes = 64}}));
    EXPECT_EQ(text_of(chain), expected);
    EXPECT_GT(chain.spans().size(), 1U);
  }
}

// A chain of one segment is read in place; another is gathered, and charged to the call's memory.
TEST_P(ChainOutput, IsReadAgain) {
  const auto codec = value_or_abort(engine.codec<ChainMessage>(type, thrift::compact));
  const ChainMessage m = message(5000);
  const std::string expected = encoded(thrift::compact, m);
  Chain chain;
  for (const std::size_t min_bytes : {std::size_t{0}, std::size_t{64}}) {
    chain.clear();
    ASSERT_TRUE(codec.encode(m, chain, {.by_reference = {.min_bytes = min_bytes}}));
    EXPECT_EQ(chain.spans().size() == 1, min_bytes == 0);
    ChainMessage back;
    ASSERT_TRUE(codec.decode(chain, back));
    EXPECT_EQ(encoded(thrift::compact, back), expected);
  }
  const Transcoder same = value_or_abort(engine.transcoder(type, thrift::compact, thrift::compact));
  const CallOptions little{.limits = {.memory = expected.size() - 1}};
  std::string out;
  EXPECT_EQ(same.transcode(chain, out, little).error().code(), Errc::memory_limit);
  EXPECT_EQ(chain.peek(chain.size())->size(), expected.size());
  ASSERT_TRUE(same.transcode(chain, out, little));
  EXPECT_EQ(out, expected);
}

// ---- Failures

// All parts of an error but its message.
std::string outcome(const Result<void>& done) {
  if (done) {
    return "ok";
  }
  const Error& e = done.error();
  return std::string(to_string(e.code())) + "@" + std::to_string(e.offset()) + " in " + e.path();
}

TEST_P(ChainOutput, IsAsBeforeAfterAnError) {
  const StructRef strict = value_or_abort(schema.find_struct("Strict"));
  const std::string good = encoded(json::text, message(5000));
  const std::string missing = good.substr(0, good.rfind(",\"text\"")) + "}";
  const std::string twice =
      R"({"must":"m",)" + missing.substr(1, missing.size() - 2) + R"(,"must":"again"})";
  for (const Format& to : {thrift::binary, thrift::compact}) {
    const auto transcoder = value_or_abort(engine.transcoder(strict, json::text, to));
    for (std::size_t min_bytes : {std::size_t{0}, std::size_t{64}}) {
      const auto try_input = [&](const std::string& input, const Limits& limits) {
        const ChainOwner owner = std::make_shared<int>(1);
        Before before;
        std::string expected;
        const Result<void> plain = transcoder.transcode(input, expected, {.limits = limits});
        const Result<void> done = transcoder.transcode(
            input, before.chain,
            {.limits = limits, .by_reference = {.min_bytes = min_bytes, .owner = &owner}});
        EXPECT_EQ(outcome(done), outcome(plain));
        EXPECT_EQ(before.appended(), expected);
        if (!done) {
          EXPECT_EQ(owner.use_count(), 1);
        }
        return done.has_value();
      };
      EXPECT_FALSE(try_input(missing, {}));
      EXPECT_TRUE(try_input(twice, {}));  // runs again through a record
      for (std::size_t size = 0; size < missing.size(); size += 1 + size / 3) {
        EXPECT_FALSE(try_input(missing.substr(0, size), {}));
      }
      EXPECT_FALSE(try_input(twice, {.depth = 2}));
      EXPECT_FALSE(try_input(twice, {.depth = 0}));
      EXPECT_FALSE(try_input(twice, {.input_bytes = 100}));
      EXPECT_FALSE(try_input(twice, {.output_bytes = 5000}));
    }
  }
}

TEST_P(ChainOutput, KeepsTheLimitOfOutput) {
  const ChainMessage m = message(5000);
  for (const Format& format : {thrift::binary, thrift::compact}) {
    const auto codec = value_or_abort(engine.codec<ChainMessage>(type, format));
    const std::string expected = encoded(format, m);
    for (std::size_t limit = 0; limit < expected.size() + 3000; limit += 1 + limit / 7) {
      for (const std::size_t exact : {limit, expected.size() - 1, expected.size()}) {
        Before before;
        const Result<void> done =
            codec.encode(m, before.chain,
                         {.limits = {.output_bytes = exact}, .by_reference = {.min_bytes = 64}});
        EXPECT_EQ(done.has_value(), exact >= expected.size()) << exact;
        EXPECT_EQ(before.appended(), done ? expected : "");
        if (!done) {
          EXPECT_EQ(done.error().code(), Errc::size_limit);
        }
      }
    }
  }
}

TEST_P(ChainOutput, IsAsBeforeWhereMemoryLacks) {
  const auto m = std::make_shared<const ChainMessage>(message(5000));
  const ChainOwner owner = m;
  const std::string expected = encoded(thrift::binary, *m);
  const std::string input = encoded(json::text, *m);
  const auto codec = value_or_abort(engine.codec<ChainMessage>(type, thrift::binary));
  const auto transcoder = value_or_abort(engine.transcoder(type, json::text, thrift::binary));
  for (const std::size_t min_bytes : {std::size_t{0}, std::size_t{64}}) {
    const CallOptions call{.by_reference = {.min_bytes = min_bytes, .owner = &owner}};
    const auto try_call = [&](const auto& append) {
      const Report report = inject([&] {
        const bool armed = std::exchange(Faults::get().armed, false);
        Errc code = Errc::ok;
        {
          Before before(2000);
          Faults::get().armed = armed;
          const Result<void> done = append(before.chain);
          Faults::get().armed = false;
          code = done ? Errc::ok : done.error().code();
          EXPECT_EQ(before.appended(), done ? expected : "");
        }
        EXPECT_EQ(owner.use_count(), 2);
        return code;
      });
      expect_faults(report, 2);
    };
    try_call([&](Chain& out) { return codec.encode(*m, out, call); });
    try_call([&](Chain& out) { return transcoder.transcode(input, out, call); });
  }
}

// A chain that is cleared and written to again allocates nothing but the list of links.
TEST_P(ChainOutput, AllocatesNothingWhenItIsUsedAgain) {
  const auto codec = value_or_abort(engine.codec<ChainMessage>(type, thrift::binary));
  const ChainMessage m = message(5000);
  Chain chain;
  for (int warm = 0; warm < 4; ++warm) {
    ASSERT_TRUE(codec.encode(m, chain));
    chain.clear();
  }
  Faults& f = Faults::get();
  f.allowed = 0;
  f.failed = false;
  f.armed = true;
  const Result<void> done = codec.encode(m, chain);
  f.armed = false;
  EXPECT_TRUE(done);
  EXPECT_FALSE(f.failed);
}

}  // namespace
}  // namespace wirejit::test
