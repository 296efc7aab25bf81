// Inline fast paths of calls: machine code in place of a helper gives the helper's results. The
// helpers of this file are naive, and the interpreter always calls them.
#include "tests/support/masm_support.h"

#include "kernels/varint.h"

#include <wirejit/buffer.h>

#include <random>
#include <utility>

namespace wirejit::jit {
namespace {

HelperResult naive_varint(Context& ctx, const std::uint8_t* at, const std::uint8_t* end) noexcept {
  U value = 0;
  for (unsigned shift = 0; shift < 70; shift += 7) {
    if (at == end) {
      return fail(ctx, Errc::truncated, at);
    }
    const std::uint8_t byte = *at++;
    value |= U{byte & 0x7fU} << shift;
    if (byte < 0x80) {
      return {reinterpret_cast<U>(at), value};
    }
  }
  return fail(ctx, Errc::invalid_varint, at);
}

HelperResult naive_ascii(Context& ctx, const std::uint8_t* data, U size) noexcept {
  for (U k = 0; k < size; ++k) {
    if (data[k] > 0x7f) {
      return fail(ctx, Errc::invalid_utf8, data + k);
    }
  }
  return {reinterpret_cast<U>(data), size};
}

// Reads varints until r1, which is `after` bytes before the end of the input. `moved`: each is moved
// to t0, and machine code may gather it in place.
Machine varint_reader(unsigned after, bool moved = false) {
  static const Helper h = helper<&naive_varint>("naive_varint");
  Assembly a;
  const Label next = a.label();
  const Label done = a.label();
  a.abc(Opcode::add_imm, r1, r1, none, -static_cast<S>(after));
  a.bind(next);
  Op& end = a.branch(Opcode::branch, done, Cond::eq, r0);
  end.b = r1;
  Call& c = a.call(h, {r0, r1});
  c.null_fails = true;
  c.fast_path = FastPath::varint;
  c.to0 = r0;
  c.to1 = moved ? t0 : none;
  a.out(moved ? t0 : t1);
  a.branch(Opcode::jump, next).bound = Bound::input;
  a.bind(done);
  a.ret();
  return Machine(std::move(a.p));
}

std::string varint(U value) {
  std::string s;
  for (; value >= 0x80; value >>= 7) {
    s += static_cast<char>(value | 0x80);
  }
  return s + static_cast<char>(value);
}

TEST(FastPath, VarintsOfEverySize) {
  for (const unsigned k : {0U, 1U, 7U, 8U, 20U, 100U, 101U, 107U, 108U, 120U}) {
    const unsigned after = k % 100;
    Machine m = varint_reader(after, k >= 100);
    for (unsigned bits = 0; bits <= 64; ++bits) {
      const U top = bits == 64 ? ~U{0} : (U{1} << bits) - 1;
      std::string input;
      std::vector<U> want;
      for (const U v : {top, top / 3, top - top / 7, U{bits}, top}) {
        want.push_back(v);
        input += varint(v);
      }
      const Outcome o = m.run(input + std::string(after, '\x85'));
      ASSERT_EQ(o.ok, 1U);
      ASSERT_EQ(words(o), want) << bits;
    }
  }
}

std::uint8_t* naive_write(U value, std::uint8_t* to) noexcept {
  for (; value >= 0x80; value >>= 7) {
    *to++ = static_cast<std::uint8_t>(value | 0x80);
  }
  *to++ = static_cast<std::uint8_t>(value);
  return to;
}

// The words of the input as varints.
TEST(FastPath, VarintsOfEverySizeAreWritten) {
  static const Helper h = helper<&naive_write>("naive_write");
  Assembly a;
  const Label next = a.label();
  const Label done = a.label();
  a.bind(next);
  Op& end = a.branch(Opcode::branch, done, Cond::eq, r0);
  end.b = r1;
  a.load(t0, r0, 0, 8);
  a.abc(Opcode::add_imm, r0, r0, none, 8);
  Call& c = a.call(h, {t0, w0});
  c.fast_path = FastPath::varint_written;
  c.to0 = w0;
  a.branch(Opcode::jump, next).bound = Bound::input;
  a.bind(done);
  a.ret();
  Machine m(std::move(a.p));
  const auto expect = [&m](const std::vector<U>& values) {
    std::string input;
    std::string want;
    for (const U v : values) {
      input.append(reinterpret_cast<const char*>(&v), sizeof v);
      want += varint(v);
    }
    ASSERT_EQ(m.run(input).output, want);
  };
  std::mt19937_64 random(6);
  for (unsigned bits = 1; bits <= 64; ++bits) {
    const U top = bits == 64 ? ~U{0} : (U{1} << bits) - 1;
    expect({top, top - top / 7, U{bits}, top / 2 + 1});
    for (int round = 0; round < 20; ++round) {
      expect({(random() & top) | 1, (random() & top) | (top / 2 + 1)});
    }
  }
}

TEST(FastPath, VarintsThatEndTooLateOrNotAtAll) {
  for (const unsigned k : {0U, 1U, 9U, 100U, 101U, 109U}) {
    const unsigned after = k % 100;
    Machine m = varint_reader(after, k >= 100);
    for (std::size_t size = 1; size < 14; ++size) {
      const std::string open(size, '\x80');
      // The byte after r1 would end it.
      const Outcome cut = m.run("\x05" + open + std::string(after, '\x01'));
      EXPECT_EQ(cut.ok, 0U);
      EXPECT_EQ(cut.error,
                static_cast<std::uint32_t>(size < 10 ? Errc::truncated : Errc::invalid_varint));
      const Outcome whole = m.run("\x05" + open + "\x01" + std::string(after, '\x01'));
      EXPECT_EQ(whole.ok, size < 10 ? 1U : 0U);
    }
  }
}

TEST(FastPath, VarintsOfAnyBytes) {
  std::mt19937_64 random(5);
  Machine m = varint_reader(3);
  Machine moving = varint_reader(3, true);
  for (int round = 0; round < 20000; ++round) {
    std::string input(3 + random() % 24, '\0');
    for (char& c : input) {
      c = static_cast<char>(random() % 4 == 0 ? random() % 128 : random());
    }
    m.run(input);  // checks that the engines agree
    moving.run(input);
  }
}

// Checks the text that begins at byte 2; byte 0 is its length.
Machine ascii_checker(FastPath fast_path) {
  static const Helper h = helper<&naive_ascii>("naive_ascii");
  Assembly a;
  a.load(t1, r0, 0, 1);
  a.abc(Opcode::add_imm, t0, r0, none, 2);
  Call& c = a.call(h, {t0, t1});
  c.null_fails = true;
  c.fast_path = fast_path;
  a.abc(Opcode::sub, t0, t0, r0);
  a.out(t0);
  a.out(t1);
  a.ret();
  return Machine(std::move(a.p));
}

TEST(FastPath, AsciiOfEveryLength) {
  Machine of_input = ascii_checker(FastPath::ascii);
  Machine of_output = ascii_checker(FastPath::ascii_written);  // 32 bytes can be read from any
  for (std::size_t size = 0; size < 70; ++size) {
    for (const std::size_t after : {0U, 1U, 15U, 31U, 32U, 40U, 33U}) {
      Machine& m = after == 33 ? of_output : of_input;
      std::string input = std::string{static_cast<char>(size), '\xff'} + std::string(size, '\x7f') +
                          std::string(after, '\xff');
      const Outcome o = m.run(input);
      ASSERT_EQ(o.ok, 1U) << size;
      ASSERT_EQ(words(o), (std::vector<U>{2, size}));
      for (std::size_t at = 0; at < size; ++at) {
        input[2 + at] = '\x80';
        const Outcome bad = m.run(input);
        ASSERT_EQ(bad.ok, 0U) << size << " at " << at;
        ASSERT_EQ(bad.error_at, static_cast<S>(2 + at));
        input[2 + at] = '\0';
      }
    }
  }
}

// ---- Allocation

struct Allocated {
  Arena arena{256};
  bool has_arena = true;
  std::vector<std::pair<U, U>> places;  // of this run: address, size
};
Allocated& allocated() {
  static Allocated all;
  return all;
}

void begin_allocating(Context& ctx, U budget) noexcept {
  allocated().places.clear();
  allocated().arena.reset();
  ctx.arena = allocated().has_arena ? &allocated().arena : nullptr;
  ctx.memory_left = budget;
}

HelperResult naive_allocate(Context& ctx, U size, U word) noexcept {
  if (size > ctx.memory_left) {
    return fail(ctx, Errc::memory_limit, reinterpret_cast<const void*>(ctx.r0));
  }
  if (ctx.arena == nullptr) {
    return fail(ctx, Errc::no_arena, reinterpret_cast<const void*>(ctx.r0));
  }
  ctx.memory_left -= size;
  return {reinterpret_cast<U>(ctx.arena->allocate(size == 0 ? 1 : size)), word};
}

// Whether the place is aligned and nobody else's; all of it is written.
U is_new_place(U place, U size) noexcept {
  for (const auto& [other, other_size] : allocated().places) {
    if (place < other + other_size && other < place + size) {
      return 0;
    }
  }
  std::memset(reinterpret_cast<void*>(place), 0xee, size);
  allocated().places.emplace_back(place, size);
  return place % 8 == 0 ? 1 : 0;
}

U memory_left(Context& ctx) noexcept { return ctx.memory_left; }

// The first word of the input is the budget, the others are sizes.
Machine allocator() {
  static const Helper begin = helper<&begin_allocating>("begin_allocating");
  static const Helper h = helper<&naive_allocate>("naive_allocate");
  static const Helper is_new = helper<&is_new_place>("is_new_place");
  static const Helper left = helper<&memory_left>("memory_left");
  Assembly a;
  const Label next = a.label();
  const Label done = a.label();
  a.load(t0, r0, 0, 8);
  a.call(begin, {t0});
  a.abc(Opcode::add_imm, r0, r0, none, 8);
  a.bind(next);
  Op& end = a.branch(Opcode::branch, done, Cond::eq, r0);
  end.b = r1;
  a.load(t0, r0, 0, 8);
  a.slot_op(Opcode::put, 0, t0);
  a.abc(Opcode::add_imm, t1, t0, none, 5);
  Call& c = a.call(h, {t0, t1});
  c.null_fails = true;
  c.fast_path = FastPath::allocate;
  a.out(t1);
  a.call(is_new, {t0, slot_arg(0)});
  a.out(t0);
  a.abc(Opcode::add_imm, r0, r0, none, 8);
  a.branch(Opcode::jump, next).bound = Bound::input;
  a.bind(done);
  a.call(left, {});
  a.out(t0);
  a.ret();
  return Machine(std::move(a.p));
}

Outcome allocate(Machine& m, const std::vector<U>& budget_and_sizes) {
  return m.run(std::string_view(reinterpret_cast<const char*>(budget_and_sizes.data()),
                                budget_and_sizes.size() * sizeof(U)));
}

TEST(FastPath, AllocationsAreApartAndCharged) {
  Machine m = allocator();
  std::mt19937_64 random(8);
  for (int round = 0; round < 300; ++round) {
    std::vector<U> sizes{1 << 20};
    std::vector<U> want;
    U sum = 0;
    for (int k = 0; k < 40; ++k) {
      const U size = random() % (random() % 8 == 0 ? 700 : 40);
      sizes.push_back(size);
      want.insert(want.end(), {size + 5, 1});
      sum += size;
    }
    want.push_back(sizes[0] - sum);
    const Outcome o = allocate(m, sizes);
    ASSERT_EQ(o.ok, 1U);
    ASSERT_EQ(words(o), want);
  }
}

TEST(FastPath, AllocationsBeyondTheBudgetFail) {
  Machine m = allocator();
  EXPECT_EQ(allocate(m, {24, 16, 8}).ok, 1U);
  const Outcome beyond = allocate(m, {24, 16, 9});
  EXPECT_EQ(beyond.ok, 0U);
  EXPECT_EQ(beyond.error, static_cast<std::uint32_t>(Errc::memory_limit));
  EXPECT_EQ(allocate(m, {24, 16, ~U{0}}).error, static_cast<std::uint32_t>(Errc::memory_limit));
  allocated().has_arena = false;
  EXPECT_EQ(allocate(m, {24, 16}).error, static_cast<std::uint32_t>(Errc::no_arena));
  allocated().has_arena = true;
}

}  // namespace
}  // namespace wirejit::jit
