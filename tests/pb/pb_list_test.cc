// Lists that are decoded in bulk: packed varints and strings of records. Other lists are read
// element by element, with the same results and errors.
#include "tests/support/engine_matrix.h"
#include "tests/support/protobuf_support.h"

#include <wirejit/pb.h>
#include <wirejit/record_codec.h>

#include <gtest/gtest.h>
#include <peer_protobuf/bench.pb.h>
#include <peer_protobuf/wire_proto3.pb.h>

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace wirejit::test {
namespace {

std::string varint(std::uint64_t value) {
  std::string s;
  for (; value >= 0x80; value >>= 7) {
    s += static_cast<char>(value | 0x80);
  }
  return s + static_cast<char>(value);
}
std::string delimited(int number, std::string_view bytes) {
  return varint(static_cast<unsigned>(number) << 3 | 2) + varint(bytes.size()) + std::string(bytes);
}

// Codecs of both engines with strings aliased and copied; all must give the same result.
class Lists {
 public:
  Lists(const Proto& proto, const std::string& name) : proto_(proto), name_(name) {
    for (const bool alias : {false, true}) {
      strings_.emplace_back(proto.schema(), name, std::vector{in_order_},
                            MatrixOptions{.options = {.alias_input = alias}});
    }
  }

  // The bytes that are encoded after decoding, or the error.
  std::string decoded(std::string_view bytes, std::size_t first_block = 4096) {
    std::string result;
    for (EngineMatrix& matrix : strings_) {
      const Outcome o = matrix.by_codecs(in_order_, in_order_, as_bytes(bytes), first_block);
      const std::string one = o.ok() ? o.bytes : "error: " + o.error();
      EXPECT_TRUE(&matrix == &strings_.front() || one == result)
          << "strings aliased or copied: " << hex(as_bytes(bytes), 200);
      result = one;
    }
    return result;
  }

  void expect_official(std::string_view bytes, std::size_t first_block = 4096) {
    const auto m = proto_.message(name_);
    ASSERT_TRUE(m->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    EXPECT_EQ(hex(as_bytes(decoded(bytes, first_block)), 2000),
              hex(as_bytes(serialized(*m)), 2000));
  }

  // Whether decoding succeeds with so much memory; it must be the same for all codecs.
  bool fits(std::string_view bytes, std::uint64_t memory) {
    std::vector<bool> works;
    for (const bool alias : {false, true}) {
      EngineMatrix matrix(proto_.schema(), name_, {pb::wire},
                          {.options = {.alias_input = alias}, .limits = {.memory = memory}});
      const Outcome o = matrix.decode(pb::wire, as_bytes(bytes)).outcome;
      EXPECT_TRUE(o.ok() || o.code == Errc::memory_limit) << o.error();
      works.push_back(o.ok());
    }
    return works[0];
  }

 private:
  const Proto& proto_;
  std::string name_;
  Format in_order_ = pb::wire({.deterministic = true});
  std::deque<EngineMatrix> strings_;  // copied, aliased
};

class PbList : public testing::Test {
 protected:
  Proto proto{*three::All::descriptor()->file()};
  Lists lists{proto, "All"};
};

const std::vector<std::uint64_t>& numbers() {
  static const std::vector<std::uint64_t> all = [] {
    std::vector<std::uint64_t> v;
    for (unsigned bits = 0; bits <= 64; ++bits) {
      const std::uint64_t top = bits == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << bits) - 1;
      v.insert(v.end(), {top, top / 3, top - top / 5});
    }
    return v;
  }();
  return all;
}

// Fields 31 to 36, 43 and 46: int32, int64, uint32, uint64, sint32, sint64, bool, an open enum.
constexpr int packed_fields[] = {31, 32, 33, 34, 35, 36, 43, 46};

TEST_F(PbList, PackedVarintsOfEveryLengthAndCount) {
  for (const int field : packed_fields) {
    std::size_t next = 0;
    for (std::size_t count = 0; count < 70; ++count) {
      std::string run;
      for (std::size_t k = 0; k < count; ++k) {
        run += varint(numbers()[next++ % numbers().size()]);
      }
      // A field after the run, whose bytes the kernel may read.
      lists.expect_official(delimited(field, run));
      lists.expect_official(delimited(field, run) + delimited(44, std::string(120, 'x')));
    }
  }
}

TEST_F(PbList, NeedlesslyLongVarintsAndTooLongOnes) {
  for (const int field : packed_fields) {
    for (std::size_t zeros = 0; zeros < 9; ++zeros) {
      const std::string run = "\x05\x85" + std::string(zeros, '\x80') + '\x01' + "\x06";
      lists.expect_official(delimited(field, run));
      lists.expect_official(delimited(field, run) + delimited(44, std::string(120, 'x')));
    }
    for (const std::size_t after : {std::size_t{0}, std::size_t{120}}) {
      const std::string run = "\x05" + std::string(10, '\x80') + "\x01\x06";
      const std::string bytes = delimited(field, run) + delimited(44, std::string(after, 'x'));
      const std::string error = lists.decoded(bytes);
      EXPECT_TRUE(error.starts_with("error: invalid_varint")) << field << error;
    }
  }
}

TEST_F(PbList, TruncatedRuns) {
  const std::string run = varint(300) + varint(5) + "\x80";  // the last one does not end
  for (const int field : packed_fields) {
    const std::string error = lists.decoded(delimited(field, run) + delimited(44, "after it"));
    EXPECT_TRUE(error.starts_with("error: truncated")) << error;
    const std::string whole = delimited(field, varint(300) + varint(5) + varint(1U << 20));
    for (std::size_t size = 3; size < whole.size(); ++size) {
      EXPECT_TRUE(lists.decoded(whole.substr(0, size)).starts_with("error: truncated"));
    }
  }
}

struct PackedRuns {
  std::vector<std::int64_t> longs;
  std::vector<std::int32_t> zigzags;
  std::vector<bool> flags;
  std::deque<std::uint32_t> queue;
};
struct PackedHolder {
  std::vector<PackedRuns> runs;
};
WIREJIT_STRUCT(PackedRuns, (1, longs), (2, zigzags, wirejit::member::zigzag), (3, flags),
               (4, queue))
WIREJIT_STRUCT(PackedHolder, (1, runs))

// In arrays of numbers, which a kernel fills, and in all other containers.
TEST_F(PbList, ABadVarintHasThePathOfItsElement) {
  const char* const names[] = {"", "longs", "zigzags", "flags", "queue"};
  for (const EngineOptions::Kind kind : engine_kinds) {
    const auto codec = Engine({.kind = kind}).codec<PackedHolder>(pb::wire);
    ASSERT_TRUE(codec.has_value()) << codec.error();
    for (int field = 1; field <= 4; ++field) {
      for (const std::size_t before : {0U, 1U, 7U, 8U, 40U, 200U}) {
        const std::string good(before, '\1');
        const std::string path = std::string("runs[1].") + names[field];
        const auto check = [&](const std::string& bad, Errc code) {
          const std::string bytes = delimited(1, delimited(1, "\1\2")) +
                                    delimited(1, delimited(field, good + bad)) + delimited(1, "");
          PackedHolder out;
          const auto done = codec->decode(bytes, out);
          ASSERT_FALSE(done.has_value());
          EXPECT_EQ(done.error().code(), code);
          EXPECT_EQ(done.error().path(), path + "[" + std::to_string(before) + "]");
        };
        check(std::string(10, '\x80') + "\1\1\1", Errc::invalid_varint);
        check("\x80", Errc::truncated);
      }
    }
  }
}

std::string text(std::size_t size, unsigned seed) {
  std::string s(size, 'a');
  for (std::size_t k = 0; k < size; ++k) {
    s[k] = static_cast<char>('a' + (k * 7 + seed) % 26);
  }
  return s;
}

// Fields 44 and 45: string, bytes. Blocks of many sizes, so that arrays move.
TEST_F(PbList, StringsOfEveryLengthAndCount) {
  for (const int field : {44, 45}) {
    for (const std::size_t block : {std::size_t{64}, std::size_t{4096}}) {
      for (std::size_t count = 1; count < 200; count += count < 40 ? 1 : 23) {
        std::string bytes;
        for (unsigned k = 0; k < count; ++k) {
          bytes += delimited(field, text((k * std::size_t{13} + count) % 70, k));
        }
        lists.expect_official(bytes, block);
        lists.expect_official(bytes + delimited(47, ""), block);
      }
    }
  }
}

TEST_F(PbList, StringsThatAreNotAscii) {
  for (std::size_t size = 0; size < 40; ++size) {
    const std::string good = delimited(44, "first") +
                             delimited(44, text(size, 1) + "\xc3\xa9" + text(size % 7, 2)) +
                             delimited(44, "last");
    lists.expect_official(good);
    lists.expect_official(good + delimited(45, std::string(64, '\xff')));
    const std::string bad = delimited(44, "first") + delimited(44, text(size, 1) + "\xc3(") +
                            delimited(44, "last") + delimited(45, std::string(64, 'x'));
    const std::string error = lists.decoded(bad);
    EXPECT_TRUE(error.starts_with("error: invalid_utf8")) << error;
    EXPECT_NE(error.find("r_text[1]"), std::string::npos) << error;
    const std::string raw = delimited(45, "first") + delimited(45, "\xff\xfe");
    lists.expect_official(raw);
  }
}

TEST_F(PbList, TruncatedStringsHaveThePathOfTheirElement) {
  const std::string bytes = delimited(44, "abc") + delimited(44, "def") + delimited(44, "ghi");
  for (std::size_t size = 1; size < bytes.size(); ++size) {
    if (size % 6 == 0) {
      lists.expect_official(bytes.substr(0, size));
      continue;
    }
    const std::string error = lists.decoded(bytes.substr(0, size));
    EXPECT_TRUE(error.starts_with("error: truncated")) << error;
  }
  const std::string error = lists.decoded(bytes.substr(0, 16));
  EXPECT_NE(error.find("r_text[2]"), std::string::npos) << error;
}

TEST_F(PbList, FragmentsOfAListAreOneList) {
  lists.expect_official(delimited(44, "a") + delimited(44, "b") + delimited(45, "r") +
                        delimited(44, "c"));
  lists.expect_official(delimited(31, "\x01\x02") + delimited(44, "b") + delimited(31, "\x03"));
}

// The array grows in place if the arena has room, which depends on the arena's earlier allocations.
TEST_F(PbList, AReusedArenaAllocatesNothing) {
  std::string bytes;
  for (unsigned k = 0; k < 5000; ++k) {
    bytes += delimited(44, text(k % 40, k));
  }
  auto type = RecordType::make(proto.schema(), "All");
  ASSERT_TRUE(type.has_value());
  for (const bool alias : {false, true}) {
    Options options;
    options.alias_input = alias;
    const auto codec = Engine().record_codec(*type, pb::wire, options);
    ASSERT_TRUE(codec.has_value());
    for (const std::size_t block : {std::size_t{64}, std::size_t{4096}, std::size_t{1} << 20}) {
      Arena arena(block);
      std::size_t warm = 0;
      for (int round = 0; round < 20; ++round) {
        arena.reset();
        ASSERT_TRUE(codec->decode(as_bytes(bytes), arena).has_value());
        if (round == 3) {
          warm = arena.capacity();
        }
      }
      EXPECT_EQ(arena.capacity(), warm) << block;
      EXPECT_LT(warm, std::size_t{2} << 20);
    }
  }
}

// The least memory with which decoding succeeds is the same in bulk and element by element.
TEST_F(PbList, MemoryIsChargedByWhatIsThere) {
  std::string run;
  for (int k = 0; k < 50; ++k) {
    run += varint(1U << 20);
  }
  std::string strings;
  for (int k = 0; k < 50; ++k) {
    strings += delimited(44, "twelve bytes");
  }
  const auto least = [this](std::string_view bytes) {
    std::uint64_t low = 0;
    std::uint64_t high = 1 << 20;
    while (low < high) {
      const std::uint64_t middle = (low + high) / 2;
      lists.fits(bytes, middle) ? high = middle : low = middle + 1;
    }
    return low;
  };
  EXPECT_EQ(least(delimited(31, run)) - least(""), 50U * 4);
  EXPECT_EQ(least(strings) - least(""), 50U * (16 + 12));
}

}  // namespace
}  // namespace wirejit::test
