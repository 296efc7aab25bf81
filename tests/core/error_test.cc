// Errors: how they print and compare.
#include "tests/support/printed.h"

#include <wirejit/error.h>

#include <gtest/gtest.h>

#include <cstddef>
#include <functional>
#include <string>
#include <unordered_set>
#include <utility>

namespace wirejit::test {
namespace {

Error::Detail sample_detail() {
  return {.code = Errc::truncated,
          .offset = 17,
          .line = 2,
          .column = 5,
          .path = "orders[3].sku",
          .message = "the text ends"};
}

TEST(Error, PrintsAsItsText) {
  const Error error(sample_detail());
  EXPECT_EQ(printed(error), "truncated at byte 17 (line 2:5) in orders[3].sku: the text ends");
  EXPECT_EQ(printed(error), error.to_string());
  EXPECT_EQ(printed(Error(Errc::io)), "io");
  const Error remote(Error::Detail{
      .code = Errc::remote_error, .remote_code = -6, .path = {}, .message = "it failed"});
  EXPECT_EQ(printed(remote), "remote_error (the peer's code -6): it failed");
  EXPECT_EQ(remote.remote_code(), -6);
  EXPECT_EQ(error.remote_code(), 0);
}

TEST(Error, CodesPrintAsTheirNames) {
  EXPECT_EQ(printed(Errc::ok), "ok");
  EXPECT_EQ(printed(Errc::oneof_conflict), "oneof_conflict");
  EXPECT_EQ(printed(static_cast<Errc>(9999)), "unknown");
  std::unordered_set<std::string> names;
  for (unsigned code = 80; code <= 92; ++code) {  // of messages and calls: without gaps
    names.insert(printed(static_cast<Errc>(code)));
  }
  EXPECT_EQ(names.size(), 13U);
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_TRUE(names.contains("bad_frame"));
  EXPECT_TRUE(names.contains("protocol_mismatch"));
}

TEST(Error, IsEqualIfAllPartsAre) {
  const Error error(sample_detail());
  EXPECT_EQ(error, Error(sample_detail()));
  EXPECT_EQ(error, Error(error));
  const auto other = [](auto change) {
    Error::Detail detail = sample_detail();
    change(detail);
    return Error(std::move(detail));
  };
  EXPECT_NE(error, other([](Error::Detail& d) { d.code = Errc::syntax; }));
  EXPECT_NE(error, other([](Error::Detail& d) { d.remote_code = 1; }));
  EXPECT_NE(error, other([](Error::Detail& d) { d.offset = no_offset; }));
  EXPECT_NE(error, other([](Error::Detail& d) { d.line = 3; }));
  EXPECT_NE(error, other([](Error::Detail& d) { d.column = 6; }));
  EXPECT_NE(error, other([](Error::Detail& d) { d.path.clear(); }));
  EXPECT_NE(error, other([](Error::Detail& d) { d.message.clear(); }));
}

TEST(Error, CodesAreKeysOfHashedContainers) {
  const std::unordered_set<Errc> codes = {Errc::truncated, Errc::syntax, Errc::truncated};
  EXPECT_EQ(codes.size(), 2U);
  EXPECT_TRUE(codes.contains(Errc::syntax));
}

}  // namespace
}  // namespace wirejit::test
