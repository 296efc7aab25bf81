// Streams of messages: framings, every split of the bytes, limits, hostile lengths, failing sources
// and sinks. What a reader gives is compared as a list of lines of text.
#include <wirejit/stream.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace wirejit::test {
namespace {

using namespace std::string_literals;

constexpr std::array framings{Framing::ndjson, Framing::delimited, Framing::framed};

// A source that gives at most `most` bytes a read, the first time `first`.
StreamSource in_pieces(std::string bytes, std::size_t first, std::size_t most) {
  return [bytes = std::move(bytes), most, next = first,
          at = std::size_t{0}](std::span<std::uint8_t> to) mutable -> Result<std::size_t> {
    EXPECT_FALSE(to.empty());
    const std::size_t n = std::min({std::exchange(next, most), to.size(), bytes.size() - at});
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(at), n, to.begin());
    at += n;
    return n;
  };
}

// "1 @4 = abc": message 1 begins at byte 4. "1 @4 line 2 = abc": of NDJSON. Errors are as they print.
std::vector<std::string> events(StreamReader reader) {
  std::vector<std::string> seen;
  for (std::size_t bound = 0; bound < 100000; ++bound) {
    const Result<std::optional<StreamMessage>> next = reader.next();
    if (!next) {
      seen.push_back((reader.broken() ? "broken: " : "error: ") + next.error().to_string());
    } else if (!*next) {
      return seen;
    } else {
      const StreamMessage& m = **next;
      EXPECT_EQ(m.number, reader.messages());
      seen.push_back(std::to_string(m.number) + " @" + std::to_string(m.offset) +
                     (m.line != 0 ? " line " + std::to_string(m.line) : "") + " = " +
                     std::string(as_text(m.bytes)));
    }
  }
  ADD_FAILURE() << "the stream does not end";
  return seen;
}

struct Case {
  const char* name;
  Framing framing;
  std::string bytes;
  std::vector<std::string> expected;
  std::size_t limit = 8;
};

std::vector<Case> cases() {
  const Framing lines = Framing::ndjson;
  const Framing delimited = Framing::delimited;
  const Framing framed = Framing::framed;
  const std::string beyond = ": the length of ";
  return {
      {"nothing", lines, "", {}},
      {"lines", lines, "ab\ncd\n", {"1 @0 line 1 = ab", "2 @3 line 2 = cd"}},
      {"the last line without a newline",
       lines,
       "ab\ncd",
       {"1 @0 line 1 = ab", "2 @3 line 2 = cd"}},
      {"carriage returns", lines, "ab\r\ncd\r", {"1 @0 line 1 = ab", "2 @4 line 2 = cd"}},
      {"one carriage return is taken off",
       lines,
       "a\r\r\nb\rc\n",
       {"1 @0 line 1 = a\r", "2 @4 line 2 = b\rc"}},
      {"blank lines",
       lines,
       "\n \t\r\nab\n\n\r\n  \ncd\n\n",
       {"1 @5 line 3 = ab", "2 @14 line 7 = cd"}},
      {"a blank end without a newline", lines, "ab\n \t", {"1 @0 line 1 = ab"}},
      {"white space around a message", lines, " a \n", {"1 @0 line 1 =  a "}},
      {"a byte order mark",
       lines,
       "\xef\xbb\xbf"
       "ab\n\xef\xbb\xbf\n",
       {"1 @3 line 1 = ab", "2 @6 line 2 = \xef\xbb\xbf"}},
      {"a byte order mark alone", lines, "\xef\xbb\xbf", {}},
      {"a part of a byte order mark", lines, "\xef\xbb\n", {"1 @0 line 1 = \xef\xbb"}},
      {"zero bytes", lines, "\0\n"s, {"1 @0 line 1 = \0"s}},
      {"lines of the limit and beyond it",
       lines,
       "12345678\n12345678\r\n123456789\nab\n",
       {"1 @0 line 1 = 12345678", "2 @9 line 2 = 12345678",
        "error: size_limit at byte 19: message 3 at byte 19: the line is longer than the limit of "
        "8 "
        "bytes",
        "4 @29 line 4 = ab"}},
      {"a long line at the end",
       lines,
       "ab\n123456789",
       {"1 @0 line 1 = ab",
        "error: size_limit at byte 3: message 2 at byte 3: the line is longer than the limit of 8 "
        "bytes"}},
      {"a long line of carriage returns",
       lines,
       "\r\r\r\r\r\r\r\r\r\r\nab",
       {"error: size_limit at byte 0: message 1 at byte 0: the line is longer than the limit of 8 "
        "bytes",
        "2 @11 line 2 = ab"}},
      {"two long lines",
       lines,
       "123456789\n123456789012345678901234567890\nab",
       {"error: size_limit at byte 0: message 1 at byte 0: the line is longer than the limit of 8 "
        "bytes",
        "error: size_limit at byte 10: message 2 at byte 10: the line is longer than the limit of "
        "8 "
        "bytes",
        "3 @41 line 3 = ab"}},
      {"a limit of nothing",
       lines,
       "\n\r\nab\n",
       {"error: size_limit at byte 3: message 1 at byte 3: the line is longer than the limit of 0 "
        "bytes"},
       0},

      {"nothing delimited", delimited, "", {}},
      {"delimited messages", delimited, "\2ab\0\1c"s, {"1 @1 = ab", "2 @4 = ", "3 @5 = c"}},
      {"newlines are bytes", delimited, "\2\n\n"s, {"1 @1 = \n\n"}},
      {"a length with more bytes than it needs", delimited, "\x82\x80\x80\0ab"s, {"1 @4 = ab"}},
      {"a length of ten bytes",
       delimited,
       "\x82\x80\x80\x80\x80\x80\x80\x80\x80\0ab\1c"s,
       {"1 @10 = ab", "2 @13 = c"}},
      {"a length of more than 64 bits",
       delimited,
       "\1a\x80\x80\x80\x80\x80\x80\x80\x80\x80\2"s,
       {"1 @1 = a",
        "broken: invalid_varint at byte 2: message 2 at byte 2: the length has more than 64 bits"}},
      {"a length of eleven bytes",
       delimited,
       std::string(10, '\x80') + "\0"s,
       {"broken: invalid_varint at byte 0: message 1 at byte 0: the length has more than 64 bits"}},
      {"a message of the limit and one beyond it",
       delimited,
       "\x08"
       "12345678\x09"
       "123456789\1a",
       {"1 @1 = 12345678",
        "error: size_limit at byte 10: message 2 at byte 10" + beyond +
            "9 is beyond the limit of 8 bytes",
        "3 @20 = a"}},
      {"a long message that ends early",
       delimited,
       "\x09"
       "12345678",
       {"error: size_limit at byte 1: message 1 at byte 1" + beyond +
            "9 is beyond the limit of 8 bytes",
        "broken: truncated at byte 9: message 1 at byte 1: the stream ends inside the message"}},
      {"a length of 64 bits",
       delimited,
       "\1a\xff\xff\xff\xff\xff\xff\xff\xff\xff\1abc",
       {"1 @1 = a",
        "error: size_limit at byte 12: message 2 at byte 12" + beyond +
            "18446744073709551615 is beyond the limit of 8 bytes",
        "broken: truncated at byte 15: message 2 at byte 12: the stream ends inside the message"}},

      {"nothing framed", framed, "", {}},
      {"frames", framed, "\0\0\0\2ab\0\0\0\0\0\0\0\1c"s, {"1 @4 = ab", "2 @10 = ", "3 @14 = c"}},
      {"a negative length",
       framed,
       "\0\0\0\1a\x80\0\0\0bcd"s,
       {"1 @4 = a",
        "broken: invalid_count at byte 5: message 2 at byte 5: the length is negative"}},
      {"a frame beyond the limit",
       framed,
       "\0\0\0\x09"
       "123456789\0\0\0\1a"s,
       {"error: size_limit at byte 4: message 1 at byte 4" + beyond +
            "9 is beyond the limit of 8 bytes",
        "2 @17 = a"}},
      {"the longest frame",
       framed,
       "\x7f\xff\xff\xff"
       "abc",
       {"error: size_limit at byte 4: message 1 at byte 4" + beyond +
            "2147483647 is beyond the limit of 8 bytes",
        "broken: truncated at byte 7: message 1 at byte 4: the stream ends inside the message"}},
  };
}

TEST(StreamReader, ReadsTheSameWhateverTheSplit) {
  for (const Case& c : cases()) {
    SCOPED_TRACE(c.name);
    const StreamOptions options{.message_bytes = c.limit};
    EXPECT_EQ(events(StreamReader(StreamSource::memory(c.bytes), c.framing, options)), c.expected);
    for (std::size_t first = 1; first <= c.bytes.size(); ++first) {
      for (const std::size_t most : {std::size_t{1}, std::size_t{3}, c.bytes.size()}) {
        EXPECT_EQ(events(StreamReader(in_pieces(c.bytes, first, most), c.framing, options)),
                  c.expected)
            << first << ", then " << most;
      }
      const Bytes all = as_bytes(c.bytes);
      const std::array chain{all.first(first), Bytes(), all.subspan(first)};
      EXPECT_EQ(events(StreamReader(StreamSource::memory(chain), c.framing, options)), c.expected);
    }
  }
}

// The bytes of messages, and where each of their frames begins.
std::pair<std::string, std::vector<std::size_t>> frames(Framing framing,
                                                        const std::vector<std::string>& messages) {
  std::string out;
  std::vector<std::size_t> begins;
  StreamWriter writer(StreamSink::memory(out), framing);
  for (const std::string& m : messages) {
    EXPECT_TRUE(writer.write(as_bytes(m)));
    EXPECT_TRUE(writer.flush());
    begins.push_back(out.size());
  }
  begins.insert(begins.begin(), 0);
  return {out, begins};
}

TEST(StreamReader, TruncationAtEveryByteIsToldWithItsMessage) {
  const std::vector<std::string> messages{"a", "bcd", std::string(200, 'x'), "e"};
  for (const Framing framing : framings) {
    const auto [bytes, begins] = frames(framing, messages);
    for (std::size_t size = 0; size <= bytes.size(); ++size) {
      SCOPED_TRACE(std::string(to_string(framing)) + " cut to " + std::to_string(size));
      const std::string kept = bytes.substr(0, size);
      StreamReader reader(StreamSource::memory(kept), framing);
      std::size_t whole = 0;
      while (whole < messages.size() && begins[whole + 1] <= size) {
        const Result<std::optional<StreamMessage>> next = reader.next();
        ASSERT_TRUE(next && *next);
        EXPECT_EQ(as_text((*next)->bytes), messages[whole]);
        ++whole;
      }
      Result<std::optional<StreamMessage>> last = reader.next();
      if (size == begins[whole]) {
        EXPECT_TRUE(last && !*last);
      } else if (framing == Framing::ndjson) {
        ASSERT_TRUE(last && *last);
        EXPECT_EQ(as_text((*last)->bytes), messages[whole].substr(0, size - begins[whole]));
        last = reader.next();
        EXPECT_TRUE(last && !*last);
      } else {
        ASSERT_FALSE(last);
        EXPECT_EQ(last.error().code(), Errc::truncated);
        EXPECT_EQ(last.error().offset(), size);
        EXPECT_TRUE(last.error().message().starts_with("message " + std::to_string(whole + 1) +
                                                       " at byte "))
            << last.error();
        EXPECT_TRUE(reader.broken());
        last = reader.next();
        EXPECT_TRUE(last && !*last);
      }
    }
  }
}

// A stream without end in which `head` is followed by `rest` copies of 'x', then `tail`. It notes
// how many bytes it was asked for at most.
struct Endless {
  std::string head;
  std::uint64_t rest = 0;
  std::string tail;
  bool is_filled = true;  // else the bytes of `rest` are whatever the reader's memory has
  std::size_t* most = nullptr;

  std::uint64_t at = 0;
  Result<std::size_t> operator()(std::span<std::uint8_t> to) {
    *most = std::max(*most, to.size());
    std::size_t n = 0;
    while (n < to.size() && at < head.size() + rest + tail.size()) {
      if (at < head.size()) {
        to[n++] = static_cast<std::uint8_t>(head[at++]);
      } else if (at < head.size() + rest) {
        const auto run = static_cast<std::size_t>(
            std::min<std::uint64_t>(to.size() - n, head.size() + rest - at));
        if (is_filled) {
          std::memset(to.data() + n, 'x', run);
        }
        n += run;
        at += run;
      } else {
        to[n++] = static_cast<std::uint8_t>(tail[at++ - head.size() - rest]);
      }
    }
    return n;
  }
};

TEST(StreamReader, ALineOfAGigabyteTakesNoMoreMemoryThanTheLimit) {
  constexpr std::size_t limit = 1 << 20;
  std::size_t most = 0;
  StreamReader reader(Endless{.head = "ab\n", .rest = 1 << 30, .tail = "\ncd\n", .most = &most},
                      Framing::ndjson, {.message_bytes = limit});
  EXPECT_EQ(events(std::move(reader)),
            (std::vector<std::string>{
                "1 @0 line 1 = ab",
                "error: size_limit at byte 3: message 2 at byte 3: the line is longer than the "
                "limit of 1048576 bytes",
                "3 @1073741828 line 3 = cd"}));
  EXPECT_LE(most, limit + 64);
}

TEST(StreamReader, OffsetsHave64Bits) {
  std::size_t most = 0;
  StreamReader reader(Endless{.head = "\1a\x80\x80\x80\x80\x20",  // 2^33
                              .rest = std::uint64_t{1} << 33,
                              .tail = "\2ab\5",
                              .is_filled = false,
                              .most = &most},
                      Framing::delimited);
  EXPECT_EQ(events(std::move(reader)),
            (std::vector<std::string>{
                "1 @1 = a",
                "error: size_limit at byte 7: message 2 at byte 7: the length of 8589934592 is "
                "beyond the limit of 67108864 bytes",
                "3 @8589934600 = ab",
                "broken: truncated at byte 8589934603: message 4 at byte 8589934603: the stream "
                "ends inside the message"}));
  EXPECT_LE(most, std::size_t{64} << 10);
}

TEST(StreamReader, MemoryFollowsTheBytesAndNotTheLength) {
  for (const Framing framing : {Framing::delimited, Framing::framed}) {
    std::size_t most = 0;
    StreamReader reader(
        Endless{.head = framing == Framing::framed ? "\3\xff\xff\xff" : "\xff\xff\xff\x1f",
                .rest = 100000,
                .tail = "",
                .most = &most},
        framing);
    EXPECT_EQ(events(std::move(reader)),
              (std::vector<std::string>{"broken: truncated at byte 100004: message 1 at byte 4: "
                                        "the stream ends inside the message"}));
    EXPECT_LE(most, std::size_t{128} << 10);
  }
}

TEST(StreamReader, AFailingSourceIsToldWithTheMessageAndItsPlace) {
  const std::vector<std::string> messages{"ab", "cde"};
  for (const Framing framing : framings) {
    const auto [bytes, begins] = frames(framing, messages);
    const std::size_t header = framing == Framing::ndjson ? 0 : framing == Framing::framed ? 4 : 1;
    for (std::size_t good = 0; good < bytes.size(); ++good) {
      SCOPED_TRACE(std::string(to_string(framing)) + " fails after " + std::to_string(good));
      std::size_t at = 0;
      StreamReader reader(
          [&](std::span<std::uint8_t> to) -> Result<std::size_t> {
            if (at == good) {
              return std::unexpected(Error(Errc::io, "the disk is on fire"));
            }
            to[0] = static_cast<std::uint8_t>(bytes[at++]);
            return 1;
          },
          framing);
      std::size_t whole = 0;
      for (; begins[whole + 1] <= good; ++whole) {
        const Result<std::optional<StreamMessage>> next = reader.next();
        ASSERT_TRUE(next && *next);
        EXPECT_EQ(as_text((*next)->bytes), messages[whole]);
      }
      const Result<std::optional<StreamMessage>> next = reader.next();
      ASSERT_FALSE(next);
      const bool has_header = good >= begins[whole] + header;
      EXPECT_EQ(next.error().to_string(),
                "io at byte " + std::to_string(good) + ": message " + std::to_string(whole + 1) +
                    " at byte " + std::to_string(begins[whole] + (has_header ? header : 0)) +
                    ": the disk is on fire");
      EXPECT_TRUE(reader.broken());
      const Result<std::optional<StreamMessage>> after = reader.next();
      EXPECT_TRUE(after && !*after);
    }
  }
}

TEST(StreamReader, SourcesThatThrowOrLieAreErrors) {
  StreamReader throwing(
      [](std::span<std::uint8_t>) -> Result<std::size_t> { throw std::runtime_error("no"); },
      Framing::delimited);
  EXPECT_EQ(events(std::move(throwing)),
            std::vector<std::string>{"broken: exception at byte 0: message 1 at byte 0: no"});
  StreamReader lying([](std::span<std::uint8_t> to) { return to.size() + 1; }, Framing::ndjson);
  EXPECT_EQ(events(std::move(lying)),
            std::vector<std::string>{"broken: io at byte 0: message 1 at byte 0: the source gives "
                                     "more bytes than were asked for"});
}

TEST(StreamReader, ManyMessagesOfAllSizesSurviveAllPieces) {
  std::vector<std::string> messages;
  for (std::size_t i = 0; i < 300; ++i) {
    const std::size_t size = i % 50 == 49 ? 70000 + i : i * i % 3001;
    messages.emplace_back(size + 1, static_cast<char>('a' + i % 26));
  }
  for (const Framing framing : framings) {
    const std::string bytes = frames(framing, messages).first;
    for (const std::size_t most : {std::size_t{1}, std::size_t{1448}, std::size_t{65536}}) {
      StreamReader reader(in_pieces(bytes, most, most), framing);
      for (const std::string& m : messages) {
        const Result<std::optional<StreamMessage>> next = reader.next();
        ASSERT_TRUE(next && *next);
        ASSERT_EQ(as_text((*next)->bytes), m);
        ASSERT_EQ(as_text({as_bytes(bytes).data() + (*next)->offset, m.size()}), m);
      }
      const Result<std::optional<StreamMessage>> next = reader.next();
      EXPECT_TRUE(next && !*next);
      EXPECT_EQ(reader.offset(), bytes.size());
    }
  }
}

TEST(StreamMessage, ErrorsOfCodecsGetTheirPlaceInTheStream) {
  const StreamMessage line{.bytes = {}, .number = 17, .offset = 3412, .line = 20};
  Error::Detail detail{.code = Errc::type_mismatch,
                       .offset = 13,
                       .line = 1,
                       .column = 14,
                       .path = "lines[0].sku",
                       .message = "expected a string"};
  EXPECT_EQ(line.locate(Error(detail)).to_string(),
            "type_mismatch at byte 3425 (line 20:14) in lines[0].sku: message 17 at byte 3412: "
            "expected a string");
  detail.offset = no_offset;
  detail.message.clear();
  const StreamMessage block{.bytes = {}, .number = 17, .offset = 3412, .line = 0};
  EXPECT_EQ(block.locate(Error(detail)).to_string(),
            "type_mismatch at byte 3412 (line 1:14) in lines[0].sku: message 17 at byte 3412");
  const StreamMessage far{.bytes = {}, .number = 1, .offset = 1, .line = std::uint64_t{1} << 32};
  EXPECT_EQ(far.locate(Error(detail)).line(), 0U);
}

TEST(StreamWriter, WritesEachFraming) {
  EXPECT_EQ(frames(Framing::ndjson, {"a", "{}"}).first, "a\n{}\n");
  EXPECT_EQ(frames(Framing::delimited, {"a", "", std::string(300, 'x')}).first,
            "\1a\0\xac\2"s + std::string(300, 'x'));
  EXPECT_EQ(frames(Framing::framed, {"a", "", std::string(258, 'x')}).first,
            "\0\0\0\1a\0\0\0\0\0\0\1\2"s + std::string(258, 'x'));
}

TEST(StreamWriter, MessagesAreEncodedStraightIntoItsBuffer) {
  std::string out;
  StreamWriter writer(StreamSink::memory(out), Framing::delimited);
  for (const std::string_view text : {"ab", "c"}) {
    ASSERT_TRUE(writer.message().append(as_bytes(text)));
    ASSERT_TRUE(writer.finish());
    EXPECT_TRUE(writer.message().empty());
  }
  EXPECT_EQ(writer.messages(), 2U);
  EXPECT_EQ(writer.offset(), 0U);
  ASSERT_TRUE(writer.close());
  EXPECT_EQ(writer.offset(), 5U);
  EXPECT_EQ(out, "\2ab\1c");
  EXPECT_EQ(writer.write(as_bytes("d")).error().code(), Errc::io);  // closed
}

TEST(StreamWriter, WhatNoLineCanHoldIsRejectedAndTheNextIsWritten) {
  std::string out;
  StreamWriter writer(StreamSink::memory(out), Framing::ndjson);
  ASSERT_TRUE(writer.write(as_bytes("ab")));
  EXPECT_EQ(writer.write(as_bytes("{\n}")).error().to_string(),
            "syntax: message 2 at byte 3: a line cannot hold the newline at byte 1 of the message");
  ASSERT_TRUE(writer.message().append(as_bytes(" ")));
  EXPECT_EQ(writer.finish().error().to_string(),
            "syntax: message 2 at byte 3: a blank line is no message");
  EXPECT_TRUE(writer.message().empty());
  EXPECT_FALSE(writer.write({}));
  ASSERT_TRUE(writer.write(as_bytes("cd")));
  ASSERT_TRUE(writer.flush());
  EXPECT_EQ(out, "ab\ncd\n");
}

// Takes three bytes at most of each write, and fails after `room` bytes.
TEST(StreamWriter, AFullSinkIsToldWithTheFirstMessageThatIsNotWhole) {
  const std::vector<std::string> messages{"a", "bcd", std::string(200, 'x'), "e"};
  for (const Framing framing : framings) {
    const auto [bytes, begins] = frames(framing, messages);
    for (std::size_t room = 0; room <= bytes.size(); ++room) {
      SCOPED_TRACE(std::string(to_string(framing)) + " with room for " + std::to_string(room));
      std::string out;
      StreamWriter writer(
          [&](Bytes more) -> Result<std::size_t> {
            const std::size_t n = std::min({more.size(), std::size_t{3}, room - out.size()});
            if (n == 0) {
              return std::unexpected(Error(Errc::io, "no space"));
            }
            out += as_text(more.first(n));
            return n;
          },
          framing);
      for (const std::string& m : messages) {
        ASSERT_TRUE(writer.write(as_bytes(m)));
      }
      const Result<void> done = writer.flush();
      EXPECT_EQ(out, bytes.substr(0, room));
      if (room == bytes.size()) {
        EXPECT_TRUE(done) << done.error();
        continue;
      }
      std::size_t whole = 0;
      while (begins[whole + 1] <= room) {
        ++whole;
      }
      ASSERT_FALSE(done);
      EXPECT_EQ(done.error().to_string(), "io at byte " + std::to_string(room) + ": message " +
                                              std::to_string(whole + 1) + " at byte " +
                                              std::to_string(begins[whole]) + ": no space");
      EXPECT_EQ(writer.write(as_bytes("f")).error(), done.error());
      EXPECT_EQ(writer.close().error(), done.error());
      EXPECT_EQ(out, bytes.substr(0, room));
    }
  }
}

TEST(StreamWriter, LargeMessagesDoNotWaitInMemory) {
  const std::string large(100000, 'x');
  for (const Framing framing : framings) {
    std::string out;
    std::size_t room = 300000;
    StreamWriter writer(
        [&](Bytes more) -> Result<std::size_t> {
          const std::size_t n = std::min(more.size(), room - out.size());
          out += as_text(more.first(n));
          return n == 0 ? std::unexpected(Error(Errc::io, "no space")) : Result<std::size_t>(n);
        },
        framing);
    ASSERT_TRUE(writer.write(as_bytes("ab")));
    ASSERT_TRUE(writer.write(as_bytes(large)));
    EXPECT_GT(out.size(), large.size());
    ASSERT_TRUE(writer.write(as_bytes("cd")));
    ASSERT_TRUE(writer.flush());
    EXPECT_EQ(out, frames(framing, {"ab", large, "cd"}).first);
    room = out.size() + 50000;
    const Result<void> done = writer.write(as_bytes(large));
    ASSERT_FALSE(done);
    EXPECT_TRUE(done.error().message().starts_with("message 4 at byte " +
                                                   std::to_string(room - 50000) + ": no space"))
        << done.error();
  }
}

TEST(StreamWriter, SinksThatThrowOrLieAreErrors) {
  const auto error_of = [](StreamSink sink) {
    StreamWriter writer(std::move(sink), Framing::ndjson);
    EXPECT_TRUE(writer.write(as_bytes("a")));
    return writer.close().error().to_string();
  };
  EXPECT_EQ(error_of([](Bytes) -> Result<std::size_t> { throw std::runtime_error("no"); }),
            "exception at byte 0: message 1 at byte 0: no");
  EXPECT_EQ(error_of([](Bytes) { return std::size_t{0}; }),
            "io at byte 0: message 1 at byte 0: the sink takes no bytes");
  EXPECT_EQ(error_of([](Bytes bytes) { return bytes.size() + 1; }),
            "io at byte 0: message 1 at byte 0: the sink takes more bytes than it was given");
}

TEST(StreamFiles, AreWrittenAndReadAgain) {
  namespace fs = std::filesystem;
  std::string pattern = (fs::temp_directory_path() / "wirejit_stream_XXXXXX").string();
  ASSERT_NE(mkdtemp(pattern.data()), nullptr);
  const std::string path = pattern + "/messages";
  {
    StreamWriter writer(StreamSink::file(path).value(), Framing::framed);
    ASSERT_TRUE(writer.write(as_bytes("ab")));
    ASSERT_TRUE(writer.close());
  }
  EXPECT_EQ(events(StreamReader(StreamSource::file(path).value(), Framing::framed)),
            std::vector<std::string>{"1 @4 = ab"});
  fs::remove_all(pattern);
}

TEST(StreamWriter, NothingIsWrittenAfterClose) {
  std::string out;
  StreamWriter writer(StreamSink::memory(out), Framing::ndjson);
  ASSERT_TRUE(writer.write(as_bytes("ab")));
  ASSERT_TRUE(writer.close());
  EXPECT_EQ(writer.write(as_bytes("cd")).error().code(), Errc::io);
  EXPECT_EQ(out, "ab\n");
}

TEST(StreamReader, WhatWasMovedFromReadsNothingThatMovedAway) {
  StreamReader reader(StreamSource::memory("ab\ncd\n"), Framing::ndjson);
  ASSERT_TRUE(reader.next());
  StreamReader other = std::move(reader);
  EXPECT_EQ(as_text((*other.next())->bytes), "cd");
  (void)reader.next();  // NOLINT(bugprone-use-after-move): whatever it says, it does not crash
}

TEST(StreamFiles, ErrorsNameThem) {
  EXPECT_EQ(StreamSource::file("/no/such/file").error().to_string(),
            "io: cannot open /no/such/file: No such file or directory");
  EXPECT_EQ(StreamSink::file("/no/such/file").error().to_string(),
            "io: cannot open /no/such/file: No such file or directory");
  EXPECT_EQ(events(StreamReader(StreamSource::file("/").value(), Framing::ndjson)),
            std::vector<std::string>{
                "broken: io at byte 0: message 1 at byte 0: cannot read /: Is a directory"});
  EXPECT_EQ(events(StreamReader(StreamSource::descriptor(1000000, "it"), Framing::ndjson)),
            std::vector<std::string>{
                "broken: io at byte 0: message 1 at byte 0: cannot read it: Bad file descriptor"});
  if (!std::filesystem::exists("/dev/full")) {
    GTEST_SKIP();
  }
  StreamWriter writer(StreamSink::file("/dev/full").value(), Framing::ndjson);
  ASSERT_TRUE(writer.write(as_bytes("ab")));
  EXPECT_EQ(writer.close().error().to_string(),
            "io at byte 0: message 1 at byte 0: cannot write /dev/full: No space left on device");
}

}  // namespace
}  // namespace wirejit::test
