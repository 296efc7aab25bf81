// The table of errors after which a call is retried: those of a value that a later field may replace,
// but never limits.
#include "engine/fallback.h"

#include <gtest/gtest.h>

namespace wirejit::engine {
namespace {

constexpr Output outputs[] = {Output::object, Output::bytes, Output::payload};

bool may(Errc code, Output output) { return may_retry(static_cast<std::uint32_t>(code), output); }

TEST(FallbackTable, ARestartIsRetried) {
  for (const Output output : outputs) {
    EXPECT_TRUE(may_retry(jit::restart_code, output));
  }
}

TEST(FallbackTable, AMissingFieldMayComeInAnotherPartOfTheMessage) {
  for (const Output output : outputs) {
    EXPECT_TRUE(may(Errc::missing_required, output));
    EXPECT_TRUE(may(Errc::union_not_one, output));
  }
}

TEST(FallbackTable, AValueThatCannotBeWrittenMayBeReplaced) {
  for (const Errc code :
       {Errc::invalid_utf8, Errc::invalid_string, Errc::invalid_number, Errc::number_out_of_range,
        Errc::unknown_enum, Errc::not_found, Errc::size_limit}) {
    EXPECT_FALSE(may(code, Output::object)) << to_string(code);
    EXPECT_TRUE(may(code, Output::bytes)) << to_string(code);
    EXPECT_TRUE(may(code, Output::payload)) << to_string(code);
  }
}

TEST(FallbackTable, LimitsAreFinal) {
  for (const Output output : outputs) {
    for (const Errc code : {Errc::depth_limit, Errc::memory_limit, Errc::no_memory}) {
      EXPECT_FALSE(may(code, output)) << to_string(code);
    }
  }
}

TEST(FallbackTable, MalformedInputIsFinalUnlessItIsAPayload) {
  for (const Errc code : {Errc::truncated, Errc::syntax, Errc::invalid_tag, Errc::unsupported}) {
    EXPECT_FALSE(may(code, Output::object)) << to_string(code);
    EXPECT_FALSE(may(code, Output::bytes)) << to_string(code);
    EXPECT_TRUE(may(code, Output::payload)) << to_string(code);
  }
}

}  // namespace
}  // namespace wirejit::engine
