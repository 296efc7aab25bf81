// jit/ by itself: a toy reader and a toy writer, made with Builder, run on every engine.
// The test is linked with all objects of core/, kernels/ and jit/ and with nothing else
// (tests/CMakeLists.txt): it does not link if one of them needs a higher folder.
//
// The toy format is a list of numbers: their count, then the numbers, as varints. In memory they
// are an array of words.
#include "jit/program_builder.h"
#include "tests/support/jit_support.h"

#include <random>

namespace wirejit::jit {
namespace {

using enum Reg;
using Numbers = std::vector<std::uint64_t>;

// ---- Helpers

HelperResult read_varint(Context& ctx, const std::uint8_t* p, const std::uint8_t* end) noexcept {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (p == end) {
      return fail(ctx, Errc::truncated, end);
    }
    const std::uint64_t byte = *p++;
    value |= shift < 64 ? (byte & 0x7f) << shift : 0;
    if (byte < 0x80) {
      return {reinterpret_cast<std::uint64_t>(p), value};
    }
  }
  return fail(ctx, Errc::invalid_varint, p);
}

std::uint8_t* write_varint(std::uint8_t* to, std::uint64_t value) noexcept {
  for (; value >= 0x80; value >>= 7) {
    *to++ = static_cast<std::uint8_t>(value | 0x80);
  }
  *to++ = static_cast<std::uint8_t>(value);
  return to;
}

const Helper read_varint_helper = helper<&read_varint>("read_varint");
const Helper write_varint_helper = helper<&write_varint>("write_varint");

// ---- Readers and writers of a list on the wire and of a list in memory. Numbers are in t1.

void read_number_of_wire(Builder& b) {
  b.call(read_varint_helper, {r0, r1},
         {.null_fails = true, .fast_path = FastPath::varint, .to0 = r0, .to1 = t1});
}

void write_number_of_wire(Builder& b) {
  b.reserve(10);
  b.call(write_varint_helper, {w0, t1}, {.to0 = w0});
}

void write_number_of_memory(Builder& b) {
  b.reserve(8);
  b.store(w0, 0, t1, 8);
  b.advance(w0, 8);
}

// Emits a loop that runs `body` `count` times. The slot is counted down.
template <class F>
void repeat(Builder& b, Slot count, F body) {
  const Label top = b.label();
  const Label done = b.label();
  b.branch_slot(Cond::eq, count, 0, done);
  b.bind(top);
  body();
  b.loop_next(count, top);
  b.bind(done);
}

Program wire_to_memory() {
  Builder b("a list to memory", true);
  const Label truncated = b.label();
  const Slot count = b.new_slot();
  b.comment("the count: a number takes at least a byte");
  read_number_of_wire(b);
  b.need_reg(t1, 0, truncated);
  b.put(count, t1);
  repeat(b, count, [&] {
    read_number_of_wire(b);
    write_number_of_memory(b);
  });
  b.ret();
  b.bind(truncated);
  b.fail(Errc::truncated);
  return b.finish();
}

Program memory_to_wire() {
  Builder b("a list from memory");
  const Label truncated = b.label();
  const Slot count = b.new_slot();
  b.arith(Opcode::sub, t1, r1, r0);
  b.arith_imm(Opcode::shr_imm, t1, t1, 3);
  b.put(count, t1);
  write_number_of_wire(b);
  repeat(b, count, [&] {
    b.need(8, truncated);
    b.load(t1, r0, 0, 8);
    b.advance(r0, 8);
    write_number_of_wire(b);
  });
  b.ret();
  b.bind(truncated);
  b.fail(Errc::truncated);
  return b.finish();
}

// ---- The tests

std::string in_memory(const Numbers& numbers) {
  std::string bytes(numbers.size() * 8, '\0');
  if (!numbers.empty()) {
    std::memcpy(bytes.data(), numbers.data(), bytes.size());
  }
  return bytes;
}

std::string on_wire(const Numbers& numbers) {
  std::string bytes;
  const auto append = [&](std::uint64_t n) {
    std::uint8_t room[10];
    bytes.append(reinterpret_cast<const char*>(room),
                 static_cast<std::size_t>(write_varint(room, n) - room));
  };
  append(numbers.size());
  for (const std::uint64_t n : numbers) {
    append(n);
  }
  return bytes;
}

std::vector<Numbers> some_lists() {
  std::vector<Numbers> lists{{}, {0}, {127, 128, 300, 16383, 16384}, {~std::uint64_t{0}, 1}};
  std::mt19937_64 random(1);
  Numbers& many = lists.emplace_back();
  while (many.size() < 2000) {  // the output grows
    many.push_back(random() >> (random() % 64));
  }
  return lists;
}

TEST(JitAlone, ListsAreReadAndWrittenBack) {
  Machine read(wire_to_memory());
  Machine write(memory_to_wire());
  for (const Numbers& numbers : some_lists()) {
    const Outcome object = read.run(on_wire(numbers));
    EXPECT_EQ(object.ok, 1U);
    EXPECT_TRUE(object.output == in_memory(numbers)) << numbers.size() << " numbers";
    const Outcome bytes = write.run(object.output);
    EXPECT_EQ(bytes.ok, 1U);
    EXPECT_TRUE(bytes.output == on_wire(numbers)) << numbers.size() << " numbers";
  }
}

TEST(JitAlone, InputThatEndsEarlyIsAnError) {
  Machine read(wire_to_memory());
  const std::string whole = on_wire({1, 300, 70000});
  for (std::size_t n = 0; n < whole.size(); ++n) {
    const Outcome o = read.run(whole.substr(0, n));
    EXPECT_EQ(o.ok, 0U) << n;
    EXPECT_EQ(o.error, static_cast<std::uint32_t>(Errc::truncated)) << n;
  }
  Machine write(memory_to_wire());
  EXPECT_EQ(write.run(in_memory({1, 2}).substr(0, 15)).output, on_wire({1}));
}

TEST(JitAlone, AFalseCountIsAnErrorBeforeAnythingIsWritten) {
  Machine read(wire_to_memory());
  const Outcome o = read.run("\xff\xff\xff\xff\x7f\x01\x02");
  EXPECT_EQ(o.error, static_cast<std::uint32_t>(Errc::truncated));
  EXPECT_EQ(o.output, "");
}

TEST(JitAlone, ANumberOfTooManyBytesIsAnError) {
  Machine read(wire_to_memory());
  const Outcome o = read.run("\x01" + std::string(11, '\x80'));
  EXPECT_EQ(o.error, static_cast<std::uint32_t>(Errc::invalid_varint));
  EXPECT_EQ(o.error_at, 11);
}

}  // namespace
}  // namespace wirejit::jit
