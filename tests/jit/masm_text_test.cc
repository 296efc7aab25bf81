// Literals, copies and scans as machine code: every size, every position.
#include "tests/support/masm_support.h"

namespace wirejit::jit {
namespace {

TEST(Masm, MatchSeesEveryByteAndNoOther) {
  for (std::size_t size = 1; size <= 70; ++size) {
    std::string literal;
    for (std::size_t k = 0; k < size; ++k) {
      literal += static_cast<char>('A' + k * 7 % 60);
    }
    for (const unsigned after : {0U, 1U, 3U, 7U, 16U}) {
      Assembly a;
      const Label miss = a.label();
      a.imm(t0, 11);
      a.imm(t1, 12);
      a.imm(t2, 13);
      a.imm(t3, 14);
      a.match(literal, static_cast<unsigned>(size) + after, miss, 2);
      a.out(t0);
      a.bind(miss);
      for (const Reg r : {t0, t1, t2, t3}) {
        a.out(r);  // match changes no temporary
      }
      a.ret();
      Machine m(std::move(a.p));
      const std::string rest(after, '#');
      EXPECT_EQ(words(m.run("xx" + literal + rest)), (std::vector<U>{11, 11, 12, 13, 14}))
          << size << "+" << after;
      for (std::size_t k = 0; k < size; ++k) {
        std::string other = literal;
        other[k] = static_cast<char>(other[k] ^ (k % 2 == 0 ? 0x80 : 1));
        EXPECT_EQ(words(m.run("xx" + other + rest)), (std::vector<U>{11, 12, 13, 14}))
            << size << " at " << k;
      }
    }
  }
}

TEST(Masm, MatchAndPutOfTheLongestLiteral) {
  std::string literal;
  for (int k = 0; k < 255; ++k) {
    literal += static_cast<char>(k * 11);
  }
  Assembly a;
  const Label miss = a.label();
  a.match(literal, 255, miss);
  a.put_literal(literal, 3);
  a.abc(Opcode::add_imm, w0, w0, none, 258);
  a.store(w0, -258, r0, 1);
  a.imm(t0, 0);
  a.store(w0, -258, t0, 2);
  a.store(w0, -256, t0, 1);
  a.bind(miss);
  a.ret();
  Machine m(std::move(a.p));
  EXPECT_EQ(m.run(literal).output, std::string(3, '\0') + literal);
  literal[254] = static_cast<char>(literal[254] ^ 1);
  EXPECT_EQ(m.run(literal).output, "");
}

TEST(Masm, PutLiteralOfEverySizeOvershootsByFifteenAtMost) {
  for (std::size_t size = 1; size <= 80; ++size) {
    std::string literal;
    for (std::size_t k = 0; k < size; ++k) {
      literal += static_cast<char>('a' + k % 26);
    }
    Assembly a;
    a.imm(t0, -1);
    a.store(w0, static_cast<S>(size) + 15, t0);
    a.put_literal(literal);
    a.abc(Opcode::add_imm, w0, w0, none, static_cast<S>(size));
    a.load(t1, w0, 15, 8);
    a.out(t1);
    a.ret();
    Machine m(std::move(a.p));
    EXPECT_EQ(m.run().output, literal + std::string(8, '\xff')) << size;
  }
}

TEST(Masm, CopyBytesOfEverySizeAndEveryRegister) {
  for (std::size_t size = 0; size <= 100; ++size) {
    std::string input;
    for (std::size_t k = 0; k < size; ++k) {
      input += static_cast<char>(k * 5 + 1);
    }
    // The copy ends at the input's end, so that sanitizers find reads beyond the 64 bytes that Machine
    // adds. It may write at most 32 bytes too many.
    for (const Reg from : {r0, t0, t1, t3}) {
      for (const Reg count : {t1, t2, t3, t0}) {
        if (from == count) {
          continue;
        }
        Assembly a;
        a.imm(t0, -1);
        a.store(w0, static_cast<S>(size) + 32, t0);
        if (from != r0) {
          a.abc(Opcode::mov, from, r0);
        }
        a.imm(count, static_cast<S>(size));
        a.abc(Opcode::copy_bytes, from, count);
        a.load(t0, w0, 32, 8);
        a.out(t0);
        a.ret();
        Machine m(std::move(a.p));
        ASSERT_EQ(m.run(input).output, input + std::string(8, '\xff')) << size;
      }
    }
  }
}

TEST(Masm, ScanTextFindsTheFirstSpecialByte) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool special = byte == '"' || byte == '\\' || byte < 0x20 || byte > 0x7f;
    Assembly a;
    const Label plain = a.label();
    a.imm(t1, 99);
    Op& o = a.branch(Opcode::scan_text, plain);
    o.a = t0;
    o.disp = 1;
    a.out(t0);
    a.bind(plain);
    a.out(t1);
    a.ret();
    Machine m(std::move(a.p));
    for (std::size_t at = 0; at < 16; ++at) {
      std::string input = "\"abcdefghij klmno\"";  // one before, one after the 16
      input[1 + at] = static_cast<char>(byte);
      const std::vector<U> want = special ? std::vector<U>{at, 99} : std::vector<U>{99};
      ASSERT_EQ(words(m.run(input)), want) << byte << " at " << at;
      if (at + 3 < 16) {
        input[1 + at + 3] = '\\';
        ASSERT_EQ(words(m.run(input)), (std::vector<U>{special ? at : at + 3, 99}));
      }
    }
  }
}

}  // namespace
}  // namespace wirejit::jit
