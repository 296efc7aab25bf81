// The grammar of JSON text: valid and invalid values, numbers and strings. The cases follow
// RFC 8259; json/README.md decides what the RFC leaves open.
#include "tests/support/json_support.h"

#include <cmath>
#include <cstdio>
#include <cstring>
#include <random>

namespace wirejit::test {
namespace {

// Whether a text is a JSON value. It is read as the value of an unknown key, which is skipped but
// checked in full.
class Grammar {
 public:
  bool accepts(std::string_view value) {
    return skip_.code(R"({"x":)" + std::string(value) + "}") == Errc::ok;
  }

 private:
  Schema schema_ = load_idl("struct Empty {}");
  Rewriter skip_{schema_, "Empty"};
};

TEST(JsonText, valid_values) {
  Grammar g;
  for (const std::string_view v : {"0",
                                   "-0",
                                   "1",
                                   "-1",
                                   "10",
                                   "123456789012345678901234567890",
                                   "0.0",
                                   "1.5",
                                   "-0.1",
                                   "1e5",
                                   "1E5",
                                   "1e+5",
                                   "1e-5",
                                   "1.5e300",
                                   "1e999",
                                   "0e1",
                                   "0e+1",
                                   "-0e-1",
                                   "20e1",
                                   "1.000000000000000000000000000001",
                                   "true",
                                   "false",
                                   "null",
                                   " null ",
                                   "[]",
                                   "[ ]",
                                   "{}",
                                   "{ }",
                                   "[[]]",
                                   "[[],[]]",
                                   "[1,2]",
                                   "[ 1 , 2 ]",
                                   "[null]",
                                   R"("")",
                                   R"("a")",
                                   R"("\"\\\/\b\f\n\r\t")",
                                   R"("\u0000")",
                                   R"("\u00e9")",
                                   R"("\ud83d\ude00")",
                                   R"("\uD83D\uDE00")",
                                   R"("\uFFFF")",
                                   R"("\u0022")",
                                   "\"\x7f\"",
                                   "\"\xc3\xa9\"",
                                   "\"\xf4\x8f\xbf\xbf\"",
                                   "\"\xe2\x80\xa8\"",
                                   R"({"":0})",
                                   R"({"a":1,"a":2})",
                                   R"({"a":{"b":[{"c":null}]}})",
                                   "\t[\n]\r",
                                   R"({"\u0061":[]})"}) {
    EXPECT_TRUE(g.accepts(v)) << v;
  }
}

TEST(JsonText, invalid_values) {
  Grammar g;
  for (const std::string_view v : {"",
                                   " ",
                                   "-",
                                   "+1",
                                   "01",
                                   "-01",
                                   "00",
                                   ".5",
                                   "1.",
                                   "-.5",
                                   "1.e1",
                                   "1e",
                                   "1e+",
                                   "1e-",
                                   "1ee1",
                                   "0x1",
                                   "1_0",
                                   "- 1",
                                   "1 2",
                                   "1.5.6",
                                   "NaN",
                                   "Infinity",
                                   "-Infinity",
                                   "nan",
                                   "inf",
                                   "True",
                                   "TRUE",
                                   "tru",
                                   "truee",
                                   "nul",
                                   "nulll",
                                   "fals",
                                   "[",
                                   "]",
                                   "[1",
                                   "[1,]",
                                   "[,1]",
                                   "[1,,2]",
                                   "[1 2]",
                                   "[1:2]",
                                   "[}",
                                   "[1]]",
                                   "[\f]",
                                   "[\v1]",
                                   "[\xa0]",
                                   "[\xef\xbb\xbf]",
                                   "{",
                                   "{,}",
                                   "{1:1}",
                                   "{'a':1}",
                                   "{a:1}",
                                   R"({"a"})",
                                   R"({"a":})",
                                   R"({"a":1,})",
                                   R"({"a" 1})",
                                   R"({"a"::1})",
                                   R"({"a":1 "b":2})",
                                   R"({"a",1})",
                                   R"({"a":1]})",
                                   R"({:1})",
                                   R"({null:1})",
                                   R"({"a":1,"b"})",
                                   R"({"a":1/*c*/})",
                                   "[1//\n]",
                                   "\"",
                                   "\"a",
                                   "'a'",
                                   R"("\x")",
                                   R"("\u")",
                                   R"("\u12")",
                                   R"("\u12g4")",
                                   R"("\U0041")",
                                   R"("\ud800")",
                                   R"("\udc00")",
                                   R"("\ud800\ud800")",
                                   R"("\ud800a")",
                                   R"("\ud800\n")",
                                   R"("\ude00\ud83d")",
                                   R"("\")",
                                   R"("a\)",
                                   "\"\n\"",
                                   "\"\t\"",
                                   "\"\x1f\"",
                                   "\"\x80\"",
                                   "\"\xff\"",
                                   "\"\xc3\"",
                                   "\"\xc0\x80\"",
                                   "\"\xe0\x80\x80\"",
                                   "\"\xed\xa0\x80\"",
                                   "\"\xf5\x80\x80\x80\"",
                                   "\"\xf4\x90\x80\x80\"",
                                   "\"\xe9\"",
                                   "\xef\xbb\xbf[]",
                                   "\\u0022a\"",
                                   "a",
                                   "*",
                                   "<null>",
                                   "&",
                                   "[\"a\",\n4\n,1,"}) {
    EXPECT_FALSE(g.accepts(v)) << v;
  }
  EXPECT_FALSE(g.accepts(std::string_view("\"\0\"", 3)));
  EXPECT_FALSE(g.accepts(std::string_view("\0", 1)));
  EXPECT_FALSE(g.accepts(std::string_view("1\0", 2)));
}

TEST(JsonText, the_content_of_strings_is_checked_at_every_position) {
  Rewriter r("string");
  for (std::size_t before = 0; before < 70; ++before) {
    const std::string pad(before, 'x');
    const std::string wrong = "\"" + pad + "\x01" + pad + "\"";
    EXPECT_EQ(r(wrong), "invalid_string@" + std::to_string(before + 1));
    EXPECT_EQ(r("\"" + pad + "\xff" + pad + "\""), "invalid_utf8@" + std::to_string(before + 1));
    EXPECT_EQ(r("\"" + pad + "\\q" + pad + "\""), "invalid_string@" + std::to_string(before + 1));
    EXPECT_EQ(r("\"" + pad + "\\u00e9" + pad + "\""), "\"" + pad + "\xc3\xa9" + pad + "\"");
    EXPECT_EQ(r("\"" + pad + "\xc3\xa9" + pad + "\\u0001\""),
              "\"" + pad + "\xc3\xa9" + pad + "\\u0001\"");
    EXPECT_EQ(r("\"" + pad + "\\\"" + pad + "\\\\\""), "\"" + pad + "\\\"" + pad + "\\\\\"");
  }
}

TEST(JsonText, long_strings) {
  Rewriter r("string");
  std::string plain(300000, 'p');
  EXPECT_EQ(r("\"" + plain + "\""), "\"" + plain + "\"");
  std::string escaped;
  for (int i = 0; i < 20000; ++i) {
    escaped += "\\u0001\\n";
  }
  EXPECT_EQ(r("\"" + escaped + "\""), "\"" + escaped + "\"");
}

TEST(JsonText, integers_of_every_width) {
  struct Case {
    const char* type;
    const char* lowest;
    const char* highest;
    const char* below;
    const char* above;
  };
  for (const Case& c :
       {Case{"u8", "0", "255", "-1", "256"}, Case{"u16", "0", "65535", "-1", "65536"},
        Case{"u32", "0", "4294967295", "-1", "4294967296"},
        Case{"u64", "0", "18446744073709551615", "-1", "18446744073709551616"},
        Case{"i8", "-128", "127", "-129", "128"}, Case{"i16", "-32768", "32767", "-32769", "32768"},
        Case{"i32", "-2147483648", "2147483647", "-2147483649", "2147483648"},
        Case{"i64", "-9223372036854775808", "9223372036854775807", "-9223372036854775809",
             "9223372036854775808"}}) {
    Rewriter r(c.type);
    EXPECT_EQ(r(c.lowest), c.lowest);
    EXPECT_EQ(r(c.highest), c.highest);
    EXPECT_EQ(r(c.below), "number_out_of_range@0");
    EXPECT_EQ(r(c.above), "number_out_of_range@0");
    EXPECT_EQ(r("  " + std::string(c.below) + "       "), "number_out_of_range@2");
    EXPECT_EQ(r(std::string(c.lowest) + "        "), c.lowest);
    EXPECT_EQ(r("\"" + std::string(c.lowest) + "\""), c.lowest);
    EXPECT_EQ(r("\"" + std::string(c.above) + "\""), "number_out_of_range@1");
    EXPECT_EQ(r(std::string(c.highest) + ".0"), c.highest);
    EXPECT_EQ(r(std::string(c.highest) + "0e-1"), c.highest);
    EXPECT_EQ(r(std::string(c.above) + ".0"), "number_out_of_range@0");
  }
}

TEST(JsonText, integers_in_other_spellings) {
  Rewriter r("i64");
  EXPECT_EQ(r("-0"), "0");
  EXPECT_EQ(r("1e2"), "100");
  EXPECT_EQ(r("1.5e1"), "15");
  EXPECT_EQ(r("-1.20E+3"), "-1200");
  EXPECT_EQ(r("100e-2"), "1");
  EXPECT_EQ(r("0e999999999999999999999"), "0");
  EXPECT_EQ(r("0.0e-5"), "0");
  EXPECT_EQ(r("1e18"), "1000000000000000000");
  EXPECT_EQ(r("1e19"), "number_out_of_range@0");
  EXPECT_EQ(r("1e99999999999999999999"), "number_out_of_range@0");
  EXPECT_EQ(r("1.5"), "invalid_number@0");
  EXPECT_EQ(r("1e-1"), "invalid_number@0");
  EXPECT_EQ(r("01"), "invalid_number@1");
  EXPECT_EQ(r("1. "), "invalid_number@2");
  EXPECT_EQ(r("\"12\""), "12");
  EXPECT_EQ(r("\"1\\u0032\""), "12");
  EXPECT_EQ(r("\"1e2\""), "100");
  EXPECT_EQ(r("\" 12\""), "invalid_number@1");
  EXPECT_EQ(r("\"12 \""), "invalid_number@1");
  EXPECT_EQ(r("\"\""), "invalid_number@1");
  EXPECT_EQ(r("\"x\""), "invalid_number@1");
  EXPECT_EQ(r("+1"), "syntax@0");
  EXPECT_EQ(r("1a"), "trailing_data@1");
  EXPECT_EQ(r("true"), "type_mismatch@0");
  EXPECT_EQ(r("null"), "null_value@0");
}

TEST(JsonText, integers_of_every_length) {
  Rewriter r("list<i64>");
  std::string list = "[";
  for (std::int64_t v = 1; v < INT64_MAX / 10; v = v * 10 + (v % 7)) {
    list += std::to_string(v) + "," + std::to_string(-v) + ",";
  }
  list += "0]";
  EXPECT_EQ(r(list), list);
  EXPECT_EQ(r("[00]"), "invalid_number@2");
  EXPECT_EQ(r("[0000000000000001]"), "invalid_number@2");
  EXPECT_EQ(r("[1234567890123.5,1       ]"), "invalid_number@1");
  EXPECT_EQ(r("[123456789012e2,1         ]"), "[12345678901200,1]");
}

TEST(JsonText, floating_point) {
  Rewriter r("double");
  EXPECT_EQ(r("1"), "1.0");
  EXPECT_EQ(r("-0"), "-0.0");
  EXPECT_EQ(r("0.1"), "0.1");
  EXPECT_EQ(r("1e-999"), "0.0");
  EXPECT_EQ(r("-1e-999"), "-0.0");
  EXPECT_EQ(r("1e999"), "number_out_of_range@0");
  EXPECT_EQ(r("1.7976931348623157e308"), "1.7976931348623157e308");
  EXPECT_EQ(r("1.7976931348623159e308"), "number_out_of_range@0");
  EXPECT_EQ(r("5e-324"), "5e-324");
  EXPECT_EQ(r("9007199254740993"), "9007199254740992.0");
  EXPECT_EQ(r("123456789012345678901234567890"), "1.2345678901234568e29");
  EXPECT_EQ(r("\"NaN\""), "\"NaN\"");
  EXPECT_EQ(r("\"Infinity\""), "\"Infinity\"");
  EXPECT_EQ(r("\"-Infinity\""), "\"-Infinity\"");
  EXPECT_EQ(r("\"1.5\""), "1.5");
  EXPECT_EQ(r("\"inf\""), "invalid_number@1");
  EXPECT_EQ(r("NaN"), "syntax@0");
  EXPECT_EQ(r("1.e5"), "invalid_number@2");
  EXPECT_EQ(r(".5"), "syntax@0");
}

TEST(JsonText, doubles_survive) {
  Rewriter r("double");
  std::mt19937_64 random(3);
  for (int i = 0; i < 2000; ++i) {
    const std::uint64_t bits = random();
    double v;
    std::memcpy(&v, &bits, sizeof v);
    if (!std::isfinite(v)) {
      continue;
    }
    char digits[40];
    std::snprintf(digits, sizeof digits, "%.17g", v);
    const std::string once = r(digits);
    EXPECT_EQ(std::strtod(once.c_str(), nullptr), v) << digits;
    EXPECT_EQ(r(once), once);
  }
}

TEST(JsonText, booleans) {
  Rewriter r("bool");
  EXPECT_EQ(r("true"), "true");
  EXPECT_EQ(r("\n false\t"), "false");
  EXPECT_EQ(r("True"), "syntax@0");
  EXPECT_EQ(r("truE"), "syntax@3");
  EXPECT_EQ(r("tr"), "truncated@2");
  EXPECT_EQ(r("\"true\""), "type_mismatch@0");
  EXPECT_EQ(r("1"), "type_mismatch@0");
  Rewriter keys("map<bool, bool>");
  EXPECT_EQ(keys(R"({"true":false})"), R"({"true":false})");
  EXPECT_EQ(keys(R"({"1":false})"), "type_mismatch@2");
}

TEST(JsonText, base64_and_uuid) {
  Rewriter r("binary");
  EXPECT_EQ(r("\"\""), "\"\"");
  EXPECT_EQ(r("\"AA\""), "\"AA==\"");
  EXPECT_EQ(r("\"AA==\""), "\"AA==\"");
  EXPECT_EQ(r(R"("\/\u002b8=")"), "\"/+8=\"");
  EXPECT_EQ(r("\"-_8\""), "\"+/8=\"");
  EXPECT_EQ(r("\"A\""), "invalid_base64@2");
  EXPECT_EQ(r("\"AAA*\""), "invalid_base64@4");
  EXPECT_EQ(r("\"AA=A\"").substr(0, 14), "invalid_base64");
  Rewriter uuid("uuid");
  EXPECT_EQ(uuid("\"01234567-89AB-cdef-0123-456789abcdef\""),
            "\"01234567-89ab-cdef-0123-456789abcdef\"");
  EXPECT_EQ(uuid("\"0123456789AB-cdef-0123-456789abcdef\""), "invalid_string@1");
  EXPECT_EQ(uuid("\"01234567-89AB-cdef-0123-456789abcdeg\""), "invalid_string@1");
  EXPECT_EQ(uuid("\"\""), "invalid_string@1");
}

TEST(JsonText, keys_of_maps) {
  Rewriter ints("map<i32, string>");
  EXPECT_EQ(ints(R"({"1":"a", "-2" : "b"})"), R"({"1":"a","-2":"b"})");
  EXPECT_EQ(ints(R"({1:"a"})"), "syntax@1");
  EXPECT_EQ(ints(R"({"":"a"})"), "invalid_number@2");
  EXPECT_EQ(ints(R"({"99999999999":"a"})"), "number_out_of_range@2");
  EXPECT_EQ(ints(R"({"1":"a",})"), "syntax@9");
  EXPECT_EQ(ints(R"({"1" "a"})"), "syntax@5");
  EXPECT_EQ(ints(R"({"1":"a";})"), "syntax@8");
  Rewriter strings("map<string, string>");
  EXPECT_EQ(strings(R"({"a\nb":"c","":""})"), R"({"a\nb":"c","":""})");
  EXPECT_EQ(strings(R"({"0123456789012345678901234567890123456789":"c"})"),
            R"({"0123456789012345678901234567890123456789":"c"})");
}

}  // namespace
}  // namespace wirejit::test
