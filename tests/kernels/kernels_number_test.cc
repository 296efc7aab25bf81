// Numbers: every reader and writer against std::from_chars and std::to_chars, on halfway cases,
// subnormals, powers of two and ten, the ends of every range, long texts, and millions of random
// values. Each text ends at an inaccessible page.
#include "kernels/number.h"
#include "kernels/plain_decimal.h"
#include "kernels/powers_of_ten.h"
#include "tests/support/kernels_support.h"

#include <gtest/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

namespace wirejit::kernels {
namespace {

GuardedPages& pages() {
  static GuardedPages p(1 << 16);
  return p;
}

struct Result {
  std::uint64_t bits = 0;
  Status status = Status::ok;
  std::size_t at = 0;
  bool operator==(const Result&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Result& r) {
  return out << "bits " << std::hex << r.bits << std::dec << " status " << int(r.status) << " at "
             << r.at;
}

template <class Parsed>
Result result(const Parsed& parsed, const char* p) {
  Result r;
  r.status = parsed.status;
  r.at = static_cast<std::size_t>(parsed.at - p);
  if constexpr (std::is_same_v<Parsed, ParsedDouble>) {
    r.bits = std::bit_cast<std::uint64_t>(parsed.value);
  }
  if constexpr (std::is_same_v<Parsed, ParsedFloat>) {
    r.bits = std::bit_cast<std::uint32_t>(parsed.value);
  }
  if constexpr (std::is_same_v<Parsed, ParsedInt>) {
    if (r.status == Status::ok) {
      r.bits = parsed.value;
    }
  }
  return r;
}

Result read_double(std::string_view text) {
  const char* p = pages().back(text);
  return result(parse_double(p, p + text.size()), p);
}

Result read_float(std::string_view text) {
  const char* p = pages().back(text);
  return result(parse_float(p, p + text.size()), p);
}

Result read_int64(std::string_view text) {
  const char* p = pages().back(text);
  return result(parse_int64(p, p + text.size()), p);
}

Result read_uint64(std::string_view text) {
  const char* p = pages().back(text);
  return result(parse_uint64(p, p + text.size()), p);
}

// The C library's value of a well-formed number.
Result expected_double(const std::string& text) {
  const double v = std::strtod(text.c_str(), nullptr);
  return {std::bit_cast<std::uint64_t>(v), std::isinf(v) ? Status::out_of_range : Status::ok,
          text.size()};
}

Result expected_float(const std::string& text) {
  const float v = std::strtof(text.c_str(), nullptr);
  return {std::bit_cast<std::uint32_t>(v), std::isinf(v) ? Status::out_of_range : Status::ok,
          text.size()};
}

void check_reads(const std::string& text) {
  ASSERT_EQ(read_double(text), expected_double(text)) << text;
  ASSERT_EQ(read_float(text), expected_float(text)) << text;
}

// The index of the first byte that ends the longest prefix of JSON's number grammar, and whether
// that prefix is a number: a small state machine, independent of the kernels.
std::pair<std::size_t, bool> grammar(std::string_view s) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t begin = i;
    while (i < s.size() && s[i] >= '0' && s[i] <= '9') {
      ++i;
    }
    return i - begin;
  };
  if (i < s.size() && s[i] == '-') {
    ++i;
  }
  const std::size_t first = i;
  const std::size_t count = digits();
  if (count == 0) {
    return {i, false};
  }
  if (s[first] == '0' && count > 1) {
    return {first + 1, false};
  }
  if (i < s.size() && s[i] == '.') {
    ++i;
    if (digits() == 0) {
      return {i, false};
    }
  }
  if (i < s.size() && (s[i] == 'e' || s[i] == 'E')) {
    ++i;
    if (i < s.size() && (s[i] == '+' || s[i] == '-')) {
      ++i;
    }
    if (digits() == 0) {
      return {i, false};
    }
  }
  return {i, true};
}

TEST(KernelsParseDouble, AcceptsExactlyTheGrammarOfJson) {
  // All texts of up to six characters of this alphabet.
  const std::string_view alphabet = "019.-+eE ";
  std::string text;
  for (std::size_t length = 0; length <= 6; ++length) {
    std::size_t total = 1;
    for (std::size_t i = 0; i < length; ++i) {
      total *= alphabet.size();
    }
    for (std::size_t n = 0; n < total; ++n) {
      text.clear();
      for (std::size_t rest = n, i = 0; i < length; ++i, rest /= alphabet.size()) {
        text += alphabet[rest % alphabet.size()];
      }
      const auto [at, valid] = grammar(text);
      const Result r = read_double(text);
      ASSERT_EQ(r.at, at) << text;
      ASSERT_EQ(r.status == Status::not_a_number, !valid) << text;
      if (valid) {
        ASSERT_EQ(r, expected_double(text.substr(0, at))) << text;
        // With enough bytes after it, the same text is read by the wide kernel.
        const Result wide = read_double(text + " 123456789");
        ASSERT_EQ(wide.bits, r.bits) << text;
      }
    }
  }
}

TEST(KernelsParseDouble, EveryPowerOfTen) {
  for (int e = -400; e <= 400; ++e) {
    for (const char* digits :
         {"1", "9", "1.5", "0.1", "17976931348623157", "4.9406564584124654", "2.4703282292062327",
          "2.4703282292062328", "2.2250738585072014", "3.4028235677973366", "3.4028234663852886",
          "1.1754943508222875", "7.0064923216240854", "7.0064923216240853"}) {
      check_reads(digits + std::string("e") + std::to_string(e));
      check_reads(std::string("-") + digits + "E" + (e >= 0 ? "+" : "") + std::to_string(e));
    }
  }
}

TEST(KernelsParseDouble, UnderflowIsZeroAndOverflowIsAnError) {
  EXPECT_EQ(read_double("1e-999").bits, 0u);
  EXPECT_EQ(read_double("1e-999").status, Status::ok);
  EXPECT_EQ(read_double("-1e-999").bits, std::uint64_t{1} << 63);
  EXPECT_EQ(read_double("1e999").status, Status::out_of_range);
  EXPECT_EQ(read_double("-1e999").bits, std::bit_cast<std::uint64_t>(-HUGE_VAL));
  EXPECT_EQ(read_double("0e999").bits, 0u);
  EXPECT_EQ(read_double("1e-99999999999999999999999").bits, 0u);
  EXPECT_EQ(read_double("1e99999999999999999999999").status, Status::out_of_range);
  EXPECT_EQ(read_double("0e99999999999999999999999").bits, 0u);
  const std::string zeros(10000, '0');
  EXPECT_EQ(read_double("0." + zeros + "1e10001").bits, std::bit_cast<std::uint64_t>(1.0));
  EXPECT_EQ(read_double("1" + zeros + "e-10000").bits, std::bit_cast<std::uint64_t>(1.0));
  EXPECT_EQ(read_double("1" + zeros).status, Status::out_of_range);
  EXPECT_EQ(read_double("0." + zeros + "1").bits, 0u);
  check_reads("1.7976931348623158079e308");
  check_reads("1.7976931348623158080e308");
  check_reads(
      "179769313486231580793728971405303415079934132710037826936173778980444968292764750946"
      "649017977587207096330286416692887910946555547851940402630657488671505820681908902000"
      "708383676273854845817711531764475730270069855571366959622842914819860834936475292719"
      "074168444365510704342711559699508093042880");
}

// The exact decimal of a positive double, and of the midpoint to the next one above.
std::string exact(double v) {
  char text[1400];
  const auto r = std::to_chars(text, text + sizeof text, v, std::chars_format::fixed, 1074);
  return {text, r.ptr};
}

TEST(KernelsParseDouble, HalfwayCasesRoundToEvenAndTheirNeighboursDoNot) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 4000; ++round) {
    const std::uint64_t bits = random() & 0x7fffffffffffffff;
    double v = std::bit_cast<double>(bits);
    if (round % 2 == 0) {
      v = std::ldexp(double(bits >> 11), int(random() % 100) - 80);
    }
    if (round % 4 == 1) {  // subnormal
      v = std::bit_cast<double>(bits >> (12 + random() % 40));
    }
    if (!std::isfinite(v) || v == 0) {
      continue;
    }
    // The midpoint of v and the next double, by long arithmetic on the decimal text: the average.
    const double next = std::nextafter(v, HUGE_VAL);
    if (std::isinf(next)) {
      continue;
    }
    std::string a = exact(v), b = exact(next);
    a.insert(0, b.size() - a.size(), '0');
    std::string sum(a.size() + 1, '0');
    int carry = 0;
    for (std::size_t i = a.size(); i-- > 0;) {
      if (a[i] == '.') {
        sum[i + 1] = '.';
        continue;
      }
      const int s = a[i] - '0' + b[i] - '0' + carry;
      sum[i + 1] = static_cast<char>('0' + s % 10);
      carry = s / 10;
    }
    sum[0] = static_cast<char>('0' + carry);
    int rest = 0;
    std::string half;
    for (const char c : sum + "0") {
      if (c == '.') {
        half += c;
        continue;
      }
      rest = rest * 10 + (c - '0');
      half += static_cast<char>('0' + rest / 2);
      rest %= 2;
    }
    half.erase(0, std::min(half.find_first_not_of('0'), half.find('.') - 1));
    check_reads(half);
    check_reads(half + "000000000000001");
    std::string below = half;
    std::size_t last = below.find_last_not_of("0.");
    below[last] = static_cast<char>(below[last] - 1);
    check_reads(below + "9999999");
    // The same digits without a point, as far as they are few.
    while (half.back() == '0') {
      half.pop_back();
    }
    if (half.back() == '.') {
      half.pop_back();
      check_reads(half);
    }
  }
}

TEST(KernelsParseFloat, HalfwayCasesRoundToEvenAndTheirNeighboursDoNot) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 4000; ++round) {
    auto bits = static_cast<std::uint32_t>(random() & 0x7fffffff);
    if (round % 4 == 0) {  // subnormal
      bits >>= 8;
    }
    const float v = std::bit_cast<float>(bits);
    const float next = std::nextafterf(v, HUGE_VALF);
    if (!std::isfinite(v) || !std::isfinite(next)) {
      continue;
    }
    const std::string half = exact((double{v} + double{next}) / 2);  // a double has room for it
    check_reads(half);
    check_reads(half + "1");
    std::string below = half;
    const std::size_t last = below.find_last_not_of("0.");
    below[last] = static_cast<char>(below[last] - 1);
    check_reads(below + "9999999");
  }
}

TEST(KernelsParseDouble, NumbersBelowEverySubnormalAreZero) {
  const std::string digits(2000, '9');
  for (int e = -400; e < -300; ++e) {
    for (const char* first : {"1", "2.4703282292062327", "2.4703282292062328", "4.94", "9.9"}) {
      check_reads(first + ("e" + std::to_string(e)));
    }
    check_reads("1." + digits + "e" + std::to_string(e));
    check_reads(digits + "e" + std::to_string(e - 2000));
    check_reads("0." + std::string(340, '0') + digits + "e" + std::to_string(e + 340));
  }
  for (int e = -50; e < -30; ++e) {
    check_reads("1." + digits + "e" + std::to_string(e));  // of a float
  }
}

TEST(KernelsPlainDecimal, GivesTheStrictForm) {
  const std::pair<const char*, const char*> cases[] = {{"1", "1"},
                                                       {"007.5", "7.5"},
                                                       {".5", "0.5"},
                                                       {"-.5e3", "-0.5e3"},
                                                       {"1.", "1"},
                                                       {"-1.e-3", "-1e-3"},
                                                       {"000", "0"},
                                                       {"-00.00", "-0.00"},
                                                       {"1.50E+7", "1.50E+7"},
                                                       {"", ""},
                                                       {".", ""},
                                                       {"-", ""},
                                                       {"e5", ""},
                                                       {"-.e5", ""},
                                                       {"1e", "1e"},
                                                       {"1x", "1x"},
                                                       {"1.2.3", "1.2.3"}};
  for (const auto& [text, plain] : cases) {
    EXPECT_EQ(plain_decimal(text), plain) << text;
  }
}

TEST(KernelsParseDouble, IntegersAroundTheMantissasEnds) {
  for (int bit = 22; bit < 64; ++bit) {
    for (std::int64_t d = -70; d <= 70; ++d) {
      const std::uint64_t n = (std::uint64_t{1} << bit) + static_cast<std::uint64_t>(d);
      const std::string text = std::to_string(n);
      check_reads(text);
      check_reads(text + ".5");
      check_reads(text + "e5");
      check_reads(text + "e-3");
      check_reads(text + "e22");
      check_reads(text + "e-22");
      check_reads(text + ".50000000000000000000000001");
    }
  }
}

TEST(KernelsParseDouble, RandomDigitsOfEveryLengthAndExponent) {
  std::mt19937_64 random(2);
  for (int round = 0; round < 400000; ++round) {
    std::string text =
        random_bytes(random, 1 + random() % (round % 10 == 0 ? 60 : 20), "0123456789");
    if (text.size() > 1 && text[0] == '0') {
      text[0] = '7';
    }
    if (random() % 2 == 0 && text.size() > 1) {
      text.insert(1 + random() % (text.size() - 1), ".");
    }
    if (random() % 2 == 0) {
      text += "e" + std::to_string(int(random() % 700) - 350);
    }
    if (random() % 4 == 0) {  // as a stop, or as an error that both reject
      text += "e";
    }
    const auto [at, valid] = grammar(text);
    if (!valid) {
      ASSERT_EQ(read_double(text).status, Status::not_a_number) << text;
    } else if (at == text.size()) {
      check_reads(text);
    }
  }
}

TEST(KernelsParseDouble, LongFractionsKeepTheirPlace) {
  for (std::size_t before = 0; before < 40; ++before) {
    for (std::size_t after = 1; after < 40; ++after) {
      const std::string whole = before == 0 ? "0" : std::string(before, '7');
      check_reads(whole + "." + std::string(after, '3'));
      check_reads(whole + "." + std::string(after, '0'));
      check_reads(whole + "." + std::string(after, '0') + "123456789123456789123456789");
      check_reads("0." + std::string(before, '0') + std::string(after, '9') + "e17");
    }
  }
}

// Integers.

Result naive_int(std::string_view text, bool is_signed) {
  std::size_t i = 0;
  const bool negative = !text.empty() && text[0] == '-';
  i += negative;
  const std::size_t first = i;
  uint128 value = 0;
  for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i) {
    if (value < (uint128{1} << 100)) {
      value = value * 10 + static_cast<unsigned>(text[i] - '0');
    }
  }
  if (i == first) {
    return {0, Status::not_a_number, i};
  }
  if (text[first] == '0' && i - first > 1) {
    return {0, Status::not_a_number, first + 1};
  }
  if (i < text.size() && (text[i] == '.' || text[i] == 'e' || text[i] == 'E')) {
    return {0, Status::is_fraction, i};
  }
  const uint128 limit =
      !is_signed ? (negative ? 0 : UINT64_MAX) : uint128{INT64_MAX} + (negative ? 1 : 0);
  if (value > limit) {
    return {0, Status::out_of_range, i};
  }
  const auto magnitude = static_cast<std::uint64_t>(value);
  return {negative ? 0 - magnitude : magnitude, Status::ok, i};
}

void check_ints(const std::string& text) {
  ASSERT_EQ(read_int64(text), naive_int(text, true)) << text;
  ASSERT_EQ(read_uint64(text), naive_int(text, false)) << text;
}

TEST(KernelsParseInt, EveryLengthFollowedByEveryKindOfByte) {
  for (std::size_t n = 0; n < 30; ++n) {
    for (const std::string& digits :
         {std::string(n, '1'), std::string(n, '9'), std::string(n, '0'),
          std::string("1234567890123456789012345678901234567890").substr(0, n)}) {
      for (const char* sign : {"", "-", "+", "--"}) {
        for (const char* stop : {"", ",", "]", ".", ".5", "e", "E5", " ", "\xb0", "\xff", "/", ":",
                                 ",1234567890123", ".1234567890123", "e123456789", "x0000000000"}) {
          check_ints(sign + digits + stop);
        }
      }
    }
  }
}

TEST(KernelsParseInt, TheEndsOfTheRanges) {
  for (const std::string_view end : {"9223372036854775807", "18446744073709551615"}) {
    for (int last = 0; last < 20; ++last) {
      uint128 v = 0;
      for (const char c : end) {
        v = v * 10 + static_cast<unsigned>(c - '0');
      }
      v = v - 10 + static_cast<unsigned>(last);
      std::string text;
      for (; v != 0; v /= 10) {
        text.insert(text.begin(), static_cast<char>('0' + int(v % 10)));
      }
      for (const char* stop : {"", ",", ".", "e", "        ", "0", "00000000"}) {
        check_ints(text + stop);
        check_ints("-" + text + stop);
      }
    }
  }
}

TEST(KernelsParseInt, RandomValues) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 300000; ++round) {
    const std::uint64_t v = random() >> (random() % 64);
    for (const char* sign : {"", "-"}) {
      check_ints(sign + std::to_string(v));
      check_ints(sign + std::to_string(v) + ",\"next\":1");
    }
  }
}

// Writers.

template <class Value>
std::string written(char* (*write)(Value, char*) noexcept, Value value, std::size_t room) {
  char* out = pages().back(room);
  return {out, write(value, out)};
}

TEST(KernelsWriteInt, EveryPowerOfTenAndTwoAndRandomValues) {
  std::mt19937_64 random(4);
  std::vector<std::uint64_t> values = {0, UINT64_MAX, std::uint64_t{1} << 63};
  for (std::uint64_t i = 0; i < 200000; ++i) {
    values.push_back(i);
  }
  for (std::uint64_t p = 1; p < UINT64_MAX / 10; p *= 10) {
    for (const std::uint64_t v : {p * 10 - 1, p * 10, p * 10 + 1, p * 9, p * 3}) {
      values.push_back(v);
    }
  }
  for (int bit = 0; bit < 64; ++bit) {
    for (std::uint64_t d = 0; d < 3; ++d) {
      values.push_back((std::uint64_t{1} << bit) - 1 + d);
    }
  }
  for (int i = 0; i < 500000; ++i) {
    values.push_back(random() >> (random() % 64));
  }
  for (const std::uint64_t v : values) {
    ASSERT_EQ(written(write_uint64, v, max_int_text), std::to_string(v));
    const auto s = static_cast<std::int64_t>(v);
    ASSERT_EQ(written(write_int64, s, max_int_text), std::to_string(s));
    ASSERT_EQ(written(write_int64, static_cast<std::int64_t>(0 - v), max_int_text),
              std::to_string(static_cast<std::int64_t>(0 - v)));
  }
}

// The notation that number.h promises, made from the standard library's digits.
template <class T>
std::string expected_text(T value) {
  char text[64];
  const char* const end = std::to_chars(text, text + 64, value, std::chars_format::scientific).ptr;
  std::string digits;
  std::string out;
  const char* p = text;
  if (*p == '-') {
    out = "-";
    ++p;
  }
  for (; *p != 'e'; ++p) {
    if (*p != '.') {
      digits += *p;
    }
  }
  const int exponent = std::stoi(std::string(p + 1, end));
  const auto count = static_cast<int>(digits.size());
  if (value == 0) {
    return out + "0.0";
  }
  if (exponent >= 0 && exponent <= 16) {
    if (count < exponent + 2) {
      digits.append(static_cast<std::size_t>(exponent + 2 - count), '0');
    }
    return out + digits.insert(static_cast<std::size_t>(exponent) + 1, ".");
  }
  if (exponent < 0 && exponent >= -5) {
    return out + "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  }
  if (count > 1) {
    digits.insert(1, ".");
  }
  return out + digits + "e" + std::to_string(exponent);
}

void check_written(double v) {
  ASSERT_EQ(written(write_double, v, max_double_text), expected_text(v));
}

void check_written_float(float v) {
  ASSERT_EQ(written(write_float, v, max_double_text), expected_text(v));
}

// Numbers of all sizes, those around powers of ten and of two, and exact decimals.
TEST(KernelsWriteDouble17, IsWhatPrintfWrites) {
  const auto check = [](double v) {
    for (const double x : {v, -v, std::nextafter(v, 0.0), std::nextafter(v, HUGE_VAL)}) {
      if (std::isfinite(x)) {
        char text[40];
        std::snprintf(text, sizeof text, "%.17g", x);
        ASSERT_EQ(written(write_double_17, x, max_double_text), text);
      }
    }
  };
  check(0.0);
  for (int e = -1074; e < 1024; ++e) {
    check(std::ldexp(1.0, e));
  }
  for (int e = -323; e < 309; ++e) {
    check(std::strtod(("1e" + std::to_string(e)).c_str(), nullptr));
    check(std::strtod(("9.9999999999999999e" + std::to_string(e)).c_str(), nullptr));
    check(std::strtod(("5e" + std::to_string(e)).c_str(), nullptr));
  }
  std::mt19937_64 random(17);
  for (int i = 0; i < 50000; ++i) {
    check(std::bit_cast<double>(random()));
    check(static_cast<double>(random() % 2000000) / 1000.0);
    check(std::ldexp(static_cast<double>(random() % 1000), static_cast<int>(random() % 200) - 100));
  }
}

TEST(KernelsWriteDouble, TheNotationIsAsPromised) {
  const std::pair<double, std::string_view> cases[] = {
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {1.0, "1.0"},
      {-1.5, "-1.5"},
      {12.5, "12.5"},
      {0.1, "0.1"},
      {0.0001, "0.0001"},
      {0.00001, "0.00001"},
      {0.000001, "1e-6"},
      {1.5e-7, "1.5e-7"},
      {1e15, "1000000000000000.0"},
      {1e16, "10000000000000000.0"},
      {1e17, "1e17"},
      {1e21, "1e21"},
      {123456789012345678.0, "1.2345678901234568e17"},
      {5e-324, "5e-324"},
      {1.7976931348623157e308, "1.7976931348623157e308"},
      {-2.2250738585072014e-308, "-2.2250738585072014e-308"},
      {9007199254740993.0, "9007199254740992.0"}};
  for (const auto& [value, text] : cases) {
    EXPECT_EQ(written(write_double, value, max_double_text), text);
  }
  EXPECT_EQ(written(write_float, 0.1f, max_double_text), "0.1");
  EXPECT_EQ(written(write_float, 16777216.0f, max_double_text), "16777216.0");
  EXPECT_EQ(written(write_float, 1e10f, max_double_text), "10000000000.0");
  EXPECT_EQ(written(write_float, -3.4028235e38f, max_double_text), "-3.4028235e38");
  EXPECT_EQ(written(write_float, 1e-45f, max_double_text), "1e-45");
}

TEST(KernelsWriteDouble, EveryExponentWithEdgeMantissas) {
  for (std::uint64_t e = 0; e < 0x7ff; ++e) {
    for (const std::uint64_t m :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{3},
          std::uint64_t{0x8000000000000}, std::uint64_t{0x7ffffffffffff},
          std::uint64_t{0xffffffffffffe}, std::uint64_t{0xfffffffffffff}}) {
      check_written(std::bit_cast<double>(e << 52 | m));
      check_written(-std::bit_cast<double>(e << 52 | m));
    }
  }
}

TEST(KernelsWriteDouble, EveryPowerOfTenAndItsNeighbours) {
  for (int e = -323; e <= 308; ++e) {
    const double v = std::strtod(("1e" + std::to_string(e)).c_str(), nullptr);
    double below = v, above = v;
    for (int i = 0; i < 20; ++i) {
      check_written(below);
      check_written(above);
      below = std::nextafter(below, 0);
      above = std::nextafter(above, HUGE_VAL);
    }
    for (int m = 1; m < 1000 && std::isfinite(v * m); m += 13) {
      check_written(v * m);
    }
  }
}

TEST(KernelsWriteDouble, RandomBitsDecimalsAndIntegers) {
  std::mt19937_64 random(5);
  for (int i = 0; i < 1000000; ++i) {
    const std::uint64_t r = random();
    const double v = std::bit_cast<double>(r);
    if (std::isfinite(v)) {
      check_written(v);
    }
    const std::uint64_t scale = random() % 20;
    check_written(static_cast<double>(r >> (random() % 64)) / std::pow(10.0, double(scale)));
    check_written(static_cast<double>(r));
  }
}

TEST(KernelsWriteDouble, FractionsOfPowersOfTwo) {
  // Their scaled values and midpoints are exact integers, where the smallest error changes a digit.
  for (int e = 1; e < 80; ++e) {
    for (int m = 1; m < 3000; ++m) {
      check_written(std::ldexp(m, -e));
    }
    for (int m = 1; m < 100; ++m) {
      check_written(std::ldexp(9007199254740992.0 + 2 * m, e - 10));
    }
  }
}

TEST(KernelsWriteFloat, EveryExponentAndManyMantissas) {
  std::mt19937_64 random(6);
  for (std::uint32_t e = 0; e < 0xff; ++e) {
    for (std::uint32_t m = 0; m < 4; ++m) {
      check_written_float(std::bit_cast<float>(e << 23 | m));
      check_written_float(-std::bit_cast<float>(e << 23 | (0x7fffff - m)));
    }
    for (int i = 0; i < 6000; ++i) {
      check_written_float(
          std::bit_cast<float>(e << 23 | static_cast<std::uint32_t>(random() >> 41)));
    }
  }
}

TEST(KernelsRoundTrip, WrittenNumbersAreReadAsTheSameBits) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 1000000; ++i) {
    const std::uint64_t r = random();
    if (const double v = std::bit_cast<double>(r); std::isfinite(v)) {
      const Result back = read_double(written(write_double, v, max_double_text));
      ASSERT_EQ(back.bits, r);
      ASSERT_EQ(back.status, Status::ok);
    }
    const auto f = static_cast<std::uint32_t>(r);
    if (const float v = std::bit_cast<float>(f); std::isfinite(v)) {
      ASSERT_EQ(read_float(written(write_float, v, max_double_text)).bits, f);
    }
  }
}

TEST(KernelsPowersOfTen, TheTableAgreesWithExactPowersAndItself) {
  uint128 power = 1;
  for (int k = 0; k <= 38; ++k, power *= 10) {
    const int shift = std::countl_zero(static_cast<std::uint64_t>(power >> 64)) == 64
                          ? 64 + std::countl_zero(static_cast<std::uint64_t>(power))
                          : std::countl_zero(static_cast<std::uint64_t>(power >> 64));
    EXPECT_EQ(power_of_ten(k).high, static_cast<std::uint64_t>((power << shift) >> 64)) << k;
    EXPECT_EQ(power_of_ten(k).low, static_cast<std::uint64_t>(power << shift)) << k;
    EXPECT_EQ(floor_log2_pow10(k), 127 - shift);
  }
  // Ten times an entry is the next entry, except for truncated bits; so a wrong entry is found.
  for (int k = min_power_of_ten; k < max_power_of_ten; ++k) {
    if (k == -1) {  // ten truncated tenths are just below one
      EXPECT_EQ(power_of_ten(k).high, 0xccccccccccccccccu);
      EXPECT_EQ(power_of_ten(k).low, 0xccccccccccccccccu);
      continue;
    }
    const PowerOfTen& a = power_of_ten(k);
    const PowerOfTen& b = power_of_ten(k + 1);
    EXPECT_GE(b.high >> 63, 1u);
    const uint128 low = uint128{a.low} * 10;
    const uint128 high = uint128{a.high} * 10 + static_cast<std::uint64_t>(low >> 64);
    const int shift = 64 - std::countl_zero(static_cast<std::uint64_t>(high >> 64));
    const uint128 scaled = high << (64 - shift) | static_cast<std::uint64_t>(low) >> shift;
    const uint128 next = uint128{b.high} << 64 | b.low;
    EXPECT_LE(next - scaled, 2u) << k;
    EXPECT_EQ(floor_log2_pow10(k + 1), floor_log2_pow10(k) + shift) << k;
  }
}

}  // namespace
}  // namespace wirejit::kernels
