// Words, memory and slots as machine code, compared with the interpreter and with values computed
// in C++.
#include "tests/support/masm_support.h"

namespace wirejit::jit {
namespace {

TEST(Masm, MovesAndConstantsKeepAllBits) {
  expect_words([](Assembly& a, std::vector<U>& want) {
    for (const S v : edges) {
      a.imm(t2, v);
      a.abc(Opcode::mov, t3, t2);
      a.out(t3);
      want.push_back(static_cast<U>(v));
    }
  });
}

TEST(Masm, ThreeOperandArithmeticInEveryArrangementOfRegisters) {
  expect_words([](Assembly& a, std::vector<U>& want) {
    const std::array temps{t0, t1, t2};
    for (const Reg x : temps) {
      for (const Reg y : temps) {
        for (const Reg z : temps) {
          for (const Opcode code : {Opcode::add, Opcode::sub, Opcode::and_, Opcode::or_}) {
            std::array<U, 3> v{0xfedcba9876543210, 0x0f1e2d3c4b5a6978, 0x8000000000000001};
            for (std::size_t k = 0; k < 3; ++k) {
              a.imm(temps[k], static_cast<S>(v[k]));
            }
            a.abc(code, x, y, z);
            const auto at = [](Reg r) {
              return static_cast<std::size_t>(r) - static_cast<std::size_t>(t0);
            };
            const U p = v[at(y)];
            const U q = v[at(z)];
            v[at(x)] = code == Opcode::add    ? p + q
                       : code == Opcode::sub  ? p - q
                       : code == Opcode::and_ ? p & q
                                              : p | q;
            for (std::size_t k = 0; k < 3; ++k) {
              a.out(temps[k]);
              want.push_back(v[k]);
            }
          }
        }
      }
    }
  });
}

U apply(Opcode code, U b, S imm) {
  const U c = static_cast<U>(imm);
  switch (code) {
    case Opcode::add_imm: return b + c;
    case Opcode::and_imm: return b & c;
    case Opcode::or_imm: return b | c;
    case Opcode::xor_imm: return b ^ c;
    case Opcode::mul_imm: return b * c;
    case Opcode::shl_imm: return b << c;
    case Opcode::shr_imm: return b >> c;
    case Opcode::sar_imm: return static_cast<U>(static_cast<S>(b) >> c);
    case Opcode::zigzag: return (b << 1) ^ static_cast<U>(static_cast<S>(b) >> 63);
    default: return (b >> 1) ^ (0 - (b & 1));
  }
}

TEST(Masm, ArithmeticWithImmediates) {
  expect_words([](Assembly& a, std::vector<U>& want) {
    for (const Opcode code :
         {Opcode::add_imm, Opcode::and_imm, Opcode::or_imm, Opcode::xor_imm, Opcode::mul_imm}) {
      for (const S b : edges) {
        for (const S v : edges) {
          a.imm(t1, b);
          a.abc(code, t0, t1, none, v);
          a.out(t0);
          a.abc(code, t1, t1, none, v);
          a.out(t1);
          want.insert(want.end(), 2, apply(code, static_cast<U>(b), v));
        }
      }
    }
  });
}

TEST(Masm, MultiplicationBySmallFactors) {
  expect_words([](Assembly& a, std::vector<U>& want) {
    for (S v = -17; v <= 65; ++v) {
      a.imm(t1, 0x123456789);
      a.abc(Opcode::mul_imm, t0, t1, none, v);
      a.out(t0);
      want.push_back(apply(Opcode::mul_imm, 0x123456789, v));
    }
  });
}

TEST(Masm, ShiftsByEveryCount) {
  expect_words([](Assembly& a, std::vector<U>& want) {
    for (const Opcode code : {Opcode::shl_imm, Opcode::shr_imm, Opcode::sar_imm}) {
      for (S n = 0; n < 64; ++n) {
        for (const S b : {S(0x8123456789abcdef), S(0x7123456789abcdef)}) {
          a.imm(t1, b);
          a.abc(code, t0, t1, none, n);
          a.out(t0);
          a.abc(code, t1, t1, none, n);
          a.out(t1);
          want.insert(want.end(), 2, apply(code, static_cast<U>(b), n));
        }
      }
    }
  });
}

TEST(Masm, ZigzagBothWays) {
  expect_words([](Assembly& a, std::vector<U>& want) {
    for (const S b : edges) {
      for (const Opcode code : {Opcode::zigzag, Opcode::unzigzag}) {
        a.imm(t1, b);
        a.abc(code, t0, t1);
        a.out(t0);
        a.abc(code, t1, t1);
        a.out(t1);
        want.insert(want.end(), 2, apply(code, static_cast<U>(b), 0));
      }
    }
  });
}

TEST(Masm, SetIfForEveryCondition) {
  expect_words([](Assembly& a, std::vector<U>& want) {
    for (const Cond c : all_conds) {
      for (const S b : edges) {
        for (const S v : {S(0), S(1), S(-1), S(0x80000000), S(0x123456789abcdef)}) {
          a.imm(t3, b);
          a.abc(Opcode::set_if, t0, t3, none, v);
          a.p.ops.back().cond = c;
          a.out(t0);
          a.abc(Opcode::set_if, t3, t3, none, v);
          a.p.ops.back().cond = c;
          a.out(t3);
          want.insert(want.end(), 2, holds(c, b, v) ? 1 : 0);
        }
      }
    }
  });
}

TEST(Masm, LoadsOfEveryWidthSignAndOrder) {
  std::string input;
  for (int k = 0; k < 24; ++k) {
    input += static_cast<char>(0x7b + 37 * k);
  }
  expect_words(
      [&](Assembly& a, std::vector<U>& want) {
        for (const unsigned width : {1U, 2U, 4U, 8U}) {
          for (const bool sign : {false, true}) {
            for (const bool swap : {false, true}) {
              for (unsigned from = 0; from + width <= input.size() && !(swap && width == 1);
                   ++from) {
                for (const Reg base : {r0, t0}) {
                  a.abc(Opcode::mov, t0, r0);
                  a.load(t0, base, from, width, sign, swap);
                  a.out(t0);
                  U v = 0;
                  for (unsigned k = 0; k < width; ++k) {
                    const U byte = static_cast<std::uint8_t>(input[from + k]);
                    v |= byte << (8 * (swap ? width - 1 - k : k));
                  }
                  const unsigned up = 64 - 8 * width;
                  want.push_back(sign ? static_cast<U>(static_cast<S>(v << up) >> up) : v);
                }
              }
            }
          }
        }
      },
      input);
}

TEST(Masm, StoresWriteTheirWidthAndNoMore) {
  for (const unsigned width : {1U, 2U, 4U, 8U}) {
    for (const bool swap : {false, true}) {
      if (swap && width == 1) {
        continue;
      }
      for (const S v : edges) {
        Assembly a;
        a.imm(t0, -1);
        a.imm(t1, v);
        for (const S disp : {S(0), S(8), S(16), S(300)}) {
          a.store(w0, disp, t0);
          a.store(w0, disp + 8, t0);
          a.store(w0, disp + 3, t1, width, swap);
        }
        a.out(t0);
        a.out(t1);  // the source is unchanged
        a.abc(Opcode::add_imm, w0, w0, none, 400);
        a.store(w0, -8, t0);
        a.ret();
        Machine m(std::move(a.p));
        const Outcome o = m.run();
        ASSERT_EQ(o.output.size(), 416U);
        std::string bytes(width, '\0');
        for (unsigned k = 0; k < width; ++k) {
          bytes[k] = static_cast<char>(static_cast<U>(v) >> (8 * (swap ? width - 1 - k : k)));
        }
        EXPECT_EQ(o.output.substr(300, 16),
                  std::string(3, '\xff') + bytes + std::string(13 - width, '\xff'));
      }
    }
  }
}

TEST(Masm, StoresOfImmediates) {
  for (const unsigned width : {1U, 2U, 4U, 8U}) {
    for (const S v : edges) {
      Assembly a;
      a.imm(t0, -1);
      a.store(w0, 0, t0);
      a.store(w0, 8, t0);
      Op& o = a.op(Opcode::store_imm);
      o.a = w0;
      o.disp = 3;
      o.imm = v;
      o.width = static_cast<std::uint8_t>(width);
      a.abc(Opcode::add_imm, w0, w0, none, 16);
      a.ret();
      Machine m(std::move(a.p));
      std::string want(16, '\xff');
      for (unsigned k = 0; k < width; ++k) {
        want[3 + k] = static_cast<char>(static_cast<U>(v) >> (8 * k));
      }
      EXPECT_EQ(m.run().output, want);
    }
  }
}

TEST(Masm, SlotsAddAndOr) {
  expect_words([](Assembly& a, std::vector<U>& want) {
    for (const S v : edges) {
      for (const S w : edges) {
        for (const Opcode code : {Opcode::add_slot, Opcode::or_slot}) {
          a.slot_op(Opcode::put_imm, 63, none, v);
          a.slot_op(code, 63, none, w);
          a.slot_op(Opcode::get, 63, t0);
          a.slot_op(Opcode::put, 0, t0);
          a.slot_op(Opcode::get, 0, t1);
          a.out(t1);
          want.push_back(code == Opcode::add_slot ? static_cast<U>(v) + static_cast<U>(w)
                                                  : static_cast<U>(v | w));
        }
      }
    }
  });
}

TEST(Masm, SlotsLieSideBySide) {
  expect_words([](Assembly& a, std::vector<U>& want) {
    for (unsigned k = 0; k < 5; ++k) {
      a.slot_op(Opcode::put_imm, k, none, 100 + k);
    }
    a.slot_op(Opcode::slot_addr, 1, t0);
    for (unsigned k = 1; k < 5; ++k) {
      a.load(t1, t0, 8 * (k - 1), 8);
      a.out(t1);
      want.push_back(100 + k);
    }
    a.op(Opcode::get_extra).a = t2;
    a.p.ops.back().slot = 3;
    a.out(t2);
    want.push_back(0x3333);
  });
}

TEST(Masm, OrByteChangesOneByte) {
  expect_words([](Assembly& a, std::vector<U>& want) {
    for (const S v : {0, 1, 0x80, 0xff}) {
      a.imm(t0, 0x1122334455667708);
      a.store(w0, 0, t0);
      Op& o = a.op(Opcode::or_byte);
      o.a = w0;
      o.disp = 1;
      o.imm = v;
      a.abc(Opcode::add_imm, w0, w0, none, 8);
      want.push_back(0x1122334455667708ULL | static_cast<U>(v) << 8);
    }
  });
}

}  // namespace
}  // namespace wirejit::jit
