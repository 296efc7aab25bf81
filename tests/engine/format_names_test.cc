// Formats are found by their names, and formats with different options are different.
#include "json/proto.h"

#include <wirejit/codec.h>
#include <wirejit/json.h>
#include <wirejit/pb.h>
#include <wirejit/thrift.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace wirejit::test {
namespace {

TEST(FormatNames, EachNameIsThatOfItsFormatAndIsListedOnce) {
  const std::vector<std::string_view> names = Format::names();
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), names.size());
  for (const std::string_view name : names) {
    const Result<Format> format = Format::by_name(name);
    ASSERT_TRUE(format.has_value()) << name;
    EXPECT_EQ(format->name(), name);
    EXPECT_FALSE(format->empty());
  }
}

TEST(FormatNames, EveryFormatOfThePublicHeadersHasAName) {
  for (const Format& format :
       {Format(thrift::binary), Format(thrift::compact), Format(thrift::json),
        Format(thrift::simple_json), Format(json::text), Format(pb::wire), Format(pb::json)}) {
    const Result<Format> found = Format::by_name(format.name());
    ASSERT_TRUE(found.has_value()) << format.name();
    EXPECT_TRUE(*found == format) << format.name();
  }
}

TEST(FormatNames, MemoryHasNoNameForUsers) {
  EXPECT_FALSE(Format::by_name("memory").has_value());
  EXPECT_FALSE(Format::by_name("record").has_value());
  EXPECT_FALSE(Format::by_name("").has_value());
}

TEST(FormatNames, TheErrorListsThem) {
  const Result<Format> none = Format::by_name("yaml");
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().code(), Errc::not_found);
  for (const std::string_view name : Format::names()) {
    EXPECT_NE(none.error().message().find(name), std::string::npos) << none.error().to_string();
  }
}

// No two of these share a codec.
TEST(FormatNames, FormatsAreEqualWhereTheirOptionsAre) {
  static const Format deterministic = pb::wire({.deterministic = true});
  const std::vector<Format> different = {
      thrift::binary,
      thrift::json,
      thrift::simple_json,
      json::text,
      json::text({.indent = 2}),
      json::text({.int64 = json::Int64::text}),
      json::text({.enums_as_numbers = true}),
      json::text({.not_finite = json::NotFinite::error}),
      json::text({.binary = json::Binary::base64_url}),
      json::text({.base64_padding = false}),
      json::text({.keys = json::Keys::name}),
      json::text({.reject_unknown_numbers = true}),
      json::text({.accept_text_numbers = false}),
      json::text({.nulls = json::Nulls::drop}),
      pb::json,
      pb::json({.always_print_fields_without_presence = true}),
      pb::json({.preserve_proto_names = true}),
      pb::json({.enums_as_numbers = true}),
      pb::json({.indent = 2}),
      pb::json({.reject_duplicates = false}),
      Format(std::make_shared<const json::ProtoFormat>(deterministic)),
      Format(std::make_shared<const json::ProtoFormat>(thrift::binary)),
      pb::wire,
      pb::wire({.deterministic = true}),
      Format(nullptr),
  };
  for (std::size_t a = 0; a < different.size(); ++a) {
    for (std::size_t b = 0; b < different.size(); ++b) {
      EXPECT_EQ(different[a] == different[b], a == b) << a << " " << b;
    }
  }
  EXPECT_TRUE(pb::wire == pb::wire({}));
  EXPECT_TRUE(json::text == json::text({}));
  EXPECT_TRUE(pb::json == pb::json({}));
}

}  // namespace
}  // namespace wirejit::test
