// The toy option changes generated code, and codecs with it and without it do not share any.
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <string>

namespace {

struct Flag {
  bool on = true;
};

}  // namespace

WIREJIT_STRUCT(Flag, (1, on))

namespace wirejit {
namespace {

TEST(ToyOption, IsAPartOfTheKeyAndOfTheCode) {
  const Engine engine;
  const auto plain = engine.encoder<Flag>(thrift::binary);
  const auto inverted = engine.encoder<Flag>(thrift::binary, {.invert_bools = true});
  ASSERT_TRUE(plain && inverted);
  Buffer a;
  Buffer b;
  ASSERT_TRUE(plain->encode({}, a) && inverted->encode({}, b));
  EXPECT_EQ(a.text(), std::string("\x02\x00\x01\x01\x00", 5));
  EXPECT_EQ(b.text(), std::string("\x02\x00\x01\x00\x00", 5));
  EXPECT_NE(plain->dump_program(), inverted->dump_program());
}

}  // namespace
}  // namespace wirejit
