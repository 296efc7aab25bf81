// JSON strings: scanning, escaping, unescaping and white space, on every CPU level, against naive
// loops, with the text against inaccessible pages.
#include "kernels/json_string.h"
#include "tests/support/kernels_support.h"

#include <gtest/gtest.h>

namespace wirejit::kernels {
namespace {

bool is_special(char c) { return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20; }

struct Found {
  std::size_t at;
  bool non_ascii;
  bool operator==(const Found&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Found& f) {
  return out << f.at << (f.non_ascii ? " non-ascii" : "");
}

Found naive_scan(std::string_view text) {
  Found f{0, false};
  for (; f.at < text.size() && !is_special(text[f.at]); ++f.at) {
    f.non_ascii |= static_cast<unsigned char>(text[f.at]) >= 0x80;
  }
  return f;
}

Found found(Scan (*scan)(const char*, const char*) noexcept, const char* p, std::size_t n) {
  const Scan s = scan(p, p + n);
  return {static_cast<std::size_t>(s.at - p), s.non_ascii};
}

void check_scan(GuardedPages& pages, std::string_view text) {
  const Found expected = naive_scan(text);
  const std::size_t n = text.size();
  ASSERT_EQ(found(scan_string, pages.back(text), n), expected);
  for (const Level level : levels_here()) {
    const auto scan = kernels_for(level).scan_string;
    ASSERT_EQ(found(scan, pages.back(text), n), expected) << level_name(level) << " of " << n;
    ASSERT_EQ(found(scan, pages.front(text), n), expected) << level_name(level) << " of " << n;
  }
}

TEST(KernelsScan, EveryByteValueStopsOrPasses) {
  GuardedPages pages;
  for (int c = 0; c < 256; ++c) {
    for (const std::size_t n : std::initializer_list<std::size_t>{1, 9, 20, 40, 80, 150}) {
      for (std::size_t i = 0; i < n; ++i) {
        std::string text(n, 'x');
        text[i] = static_cast<char>(c);
        check_scan(pages, text);
      }
    }
  }
}

TEST(KernelsScan, OnlyBytesBeforeTheStopCountAsNonAscii) {
  GuardedPages pages;
  for (std::size_t n = 0; n < 150; ++n) {
    check_scan(pages, std::string(n, 'x'));
    check_scan(pages, std::string(n, '\xff'));
    check_scan(pages, std::string(n, 'x') + "\"\xc3\xa9");
    check_scan(pages, std::string(n, 'x') + "\xc3\"" + std::string(40, 'y'));
    check_scan(pages, std::string(n, 'x') + "\"" + std::string(40, '\x80'));
  }
}

TEST(KernelsScan, RandomTextAgrees) {
  GuardedPages pages;
  std::mt19937_64 random(1);
  for (int round = 0; round < 50000; ++round) {
    std::string text = random_bytes(random, random() % 200, "abcdefghijklmnopqrstuvwxyz \x7f");
    for (std::uint64_t i = random() % 4; i > 0 && !text.empty(); --i) {
      text[random() % text.size()] = static_cast<char>(random());
    }
    check_scan(pages, text);
  }
}

std::string naive_escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          char hex[8];
          std::snprintf(hex, sizeof hex, "\\u%04x", static_cast<unsigned>(c));
          out += hex;
        } else {
          out += c;
        }
    }
  }
  return out;
}

using EscapeKernel = char* (*)(const char*, std::size_t, char*, bool*) noexcept;

void check_escape_with(EscapeKernel escape_kernel, GuardedPages& in, GuardedPages& out,
                       std::string_view text, const std::string& expected) {
  bool high = false;
  for (const char c : text) {
    high |= static_cast<unsigned char>(c) >= 0x80;
  }
  for (const bool at_back : {false, true}) {
    const char* from = at_back ? in.back(text) : in.front(text);
    // Exactly the documented room, so that a byte beyond it ends the test.
    char* const to = out.back(6 * text.size() + 32);
    std::memset(to, '#', 6 * text.size() + 32);
    bool non_ascii = false;
    char* const end = escape_kernel(from, text.size(), to, &non_ascii);
    ASSERT_EQ(std::string_view(to, static_cast<std::size_t>(end - to)), expected);
    ASSERT_EQ(non_ascii, high);
    for (const char* p = end + 32; p < to + 6 * text.size() + 32; ++p) {
      ASSERT_EQ(*p, '#');
    }
    non_ascii = true;
    escape_kernel(from, text.size(), to, &non_ascii);
    ASSERT_TRUE(non_ascii) << "an earlier finding was lost";
  }
}

void check_escape(GuardedPages& in, GuardedPages& out, std::string_view text) {
  const std::string expected = naive_escape(text);
  check_escape_with(escape, in, out, text, expected);
  for (const Level level : levels_here()) {
    SCOPED_TRACE(level_name(level));
    check_escape_with(kernels_for(level).escape, in, out, text, expected);
  }
}

TEST(KernelsEscape, EveryByteValueAtEveryPlace) {
  GuardedPages in, out;
  for (int c = 0; c < 256; ++c) {
    for (const std::size_t n : std::initializer_list<std::size_t>{1, 2, 3, 5, 8, 13, 16, 17, 31, 32,
                                                                  33, 48, 64, 65, 100}) {
      for (std::size_t i = 0; i < n; i += n < 20 ? 1 : 5) {
        std::string text(n, 'x');
        text[i] = static_cast<char>(c);
        check_escape(in, out, text);
      }
    }
  }
}

TEST(KernelsEscape, EveryLengthOfPlainAndOfEscapedText) {
  GuardedPages in, out;
  for (std::size_t n = 0; n < 300; ++n) {
    check_escape(in, out, std::string(n, 'x'));
    check_escape(in, out, std::string(n, '"'));
    check_escape(in, out, std::string(n, '\x01'));
    check_escape(in, out, std::string(n, '\xe4'));
  }
}

TEST(KernelsEscape, RandomTextAgreesAndComesBack) {
  GuardedPages in, out;
  std::mt19937_64 random(2);
  for (int round = 0; round < 50000; ++round) {
    const bool wild = random() % 8 == 0;
    std::string text = random_bytes(random, random() % 150, wild ? "" : "abcdefghijklmnop \"\n\\/");
    check_escape(in, out, text);
    const std::string escaped = naive_escape(text);
    const char* from = in.back(escaped);
    char* to = out.back(escaped.size());
    const char* error_at = nullptr;
    const std::size_t n = unescape(from, from + escaped.size(), to, &error_at);
    ASSERT_NE(n, SIZE_MAX);
    ASSERT_EQ(std::string_view(to, n), text);
  }
}

struct Unescaped {
  std::string text;
  std::size_t error = std::string::npos;
};

Unescaped unescaped(std::string_view text) {
  GuardedPages in, out;
  const char* p = in.back(text);
  char* to = out.back(text.size());
  const char* error_at = nullptr;
  const std::size_t n = unescape(p, p + text.size(), to, &error_at);
  if (n == SIZE_MAX) {
    return {"", static_cast<std::size_t>(error_at - p)};
  }
  // Decoding in place gives the same.
  char* place = in.back(text);
  EXPECT_EQ(unescape(place, place + text.size(), place, &error_at), n);
  EXPECT_EQ(std::string_view(place, n), std::string_view(to, n));
  return {std::string(to, n)};
}

TEST(KernelsUnescape, AllShortEscapes) {
  EXPECT_EQ(unescaped(R"(\"\\\/\b\f\n\r\t)").text, "\"\\/\b\f\n\r\t");
  for (int c = 0; c < 256; ++c) {
    const std::string text = std::string("ab\\") + static_cast<char>(c);
    const bool known = c != 0 && std::strchr("\"\\/bfnrt", c) != nullptr;
    EXPECT_EQ(unescaped(text).error, known ? std::string::npos : 2u) << c;
  }
}

std::string utf8(std::uint32_t code) {
  std::string s;
  if (code < 0x80) {
    s += static_cast<char>(code);
  } else if (code < 0x800) {
    s += {static_cast<char>(0xc0 + code / 64), static_cast<char>(0x80 + code % 64)};
  } else if (code < 0x10000) {
    s += {static_cast<char>(0xe0 + code / 4096), static_cast<char>(0x80 + code / 64 % 64),
          static_cast<char>(0x80 + code % 64)};
  } else {
    s += {static_cast<char>(0xf0 + code / 262144), static_cast<char>(0x80 + code / 4096 % 64),
          static_cast<char>(0x80 + code / 64 % 64), static_cast<char>(0x80 + code % 64)};
  }
  return s;
}

TEST(KernelsUnescape, EveryCodeUnitAloneInBothCases) {
  GuardedPages in, out;
  for (std::uint32_t code = 0; code < 0x10000; ++code) {
    for (const char* format : {"\\u%04x", "\\u%04X"}) {
      char text[8];
      std::snprintf(text, sizeof text, format, code);
      const char* p = in.back({text, 6});
      char* to = out.back(6);
      const char* error_at = nullptr;
      const std::size_t n = unescape(p, p + 6, to, &error_at);
      if (code >= 0xd800 && code < 0xe000) {
        ASSERT_EQ(n, SIZE_MAX) << code;
        ASSERT_EQ(error_at, p);
      } else {
        ASSERT_EQ(std::string(to, n), utf8(code)) << code;
      }
    }
  }
}

TEST(KernelsUnescape, EverySurrogatePairHasItsCodePoint) {
  GuardedPages in, out;
  for (std::uint32_t code = 0x10000; code < 0x110000; code += code % 1024 < 3 ? 1 : 37) {
    char text[16];
    std::snprintf(text, sizeof text, "\\u%04x\\u%04x", 0xd800 + ((code - 0x10000) >> 10),
                  0xdc00 + ((code - 0x10000) & 0x3ff));
    const char* p = in.back({text, 12});
    const char* error_at = nullptr;
    const std::size_t n = unescape(p, p + 12, out.front(), &error_at);
    ASSERT_EQ(std::string(out.front(), n), utf8(code)) << code;
  }
}

TEST(KernelsUnescape, MalformedEscapesAreRejectedAtTheirBackslash) {
  for (const std::string_view bad :
       {"\\",         "\\u",        "\\u1",           "\\u12",          "\\u123",  "\\u123g",
        "\\ug123",    "\\u 123",    "\\u+123",        "\\x41",          "\\ud800", "\\ud800x",
        "\\ud800\\",  "\\ud800\\u", "\\ud800\\u0041", "\\ud800\\ud800", "\\udc00", "\\udc00\\ud800",
        "\\ud800\\n", "\\U0041",    "\\u00e",         "\\ud800\\udc0"}) {
    for (const std::size_t before : std::initializer_list<std::size_t>{0, 1, 15, 16, 17, 40}) {
      EXPECT_EQ(unescaped(std::string(before, 'a') + std::string(bad)).error, before) << bad;
    }
  }
}

TEST(KernelsUnescape, BytesThatMustBeEscapedAreRejected) {
  for (int c = 0; c < 0x23; ++c) {
    if (c == ' ' || c == '!') {
      continue;
    }
    for (const std::size_t before : std::initializer_list<std::size_t>{0, 3, 16, 30}) {
      for (const std::size_t after : std::initializer_list<std::size_t>{0, 20}) {
        const std::string text = std::string(before, 'a') + static_cast<char>(c);
        EXPECT_EQ(unescaped(text + std::string(after, 'b')).error, before) << c;
      }
    }
  }
}

TEST(KernelsUnescape, EveryLengthAroundAnEscape) {
  for (std::size_t before = 0; before < 50; ++before) {
    for (std::size_t after = 0; after < 50; ++after) {
      const std::string a(before, 'a'), b(after, 'b');
      ASSERT_EQ(unescaped(a + "\\n" + b).text, a + "\n" + b);
      ASSERT_EQ(unescaped(a + "\\u20ac" + b).text, a + "\xe2\x82\xac" + b);
    }
  }
}

TEST(KernelsSpace, SkipsTheFourSpacesOfJsonAndNothingElse) {
  GuardedPages pages;
  for (int c = 0; c < 256; ++c) {
    const bool space = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    for (std::size_t before = 0; before < 70; ++before) {
      for (const std::size_t after : std::initializer_list<std::size_t>{0, 3, 40}) {
        std::string text(before, ' ');
        for (std::size_t i = 0; i < before; ++i) {
          text[i] = " \t\n\r"[(i * 7 + before) % 4];
        }
        text += static_cast<char>(c);
        text += std::string(after, 'x');
        const char* p = pages.back(text);
        ASSERT_EQ(skip_space(p, p + text.size()) - p, static_cast<std::ptrdiff_t>(before + space));
      }
    }
  }
  for (std::size_t n = 0; n < 70; ++n) {
    const char* p = pages.back(std::string(n, '\n'));
    ASSERT_EQ(skip_space(p, p + n), p + n);
  }
}

}  // namespace
}  // namespace wirejit::kernels
