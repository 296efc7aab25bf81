// The grammar of RFC 8259 as a machine that can stop after any byte. Strings and white space are
// scanned by the wide kernels.
#include "kernels/json_skip.h"

#include "kernels/json_string.h"
#include "kernels/utf8.h"

#include <cstring>

namespace wirejit::kernels {

namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

const char* skip_digits(const char* p, const char* end) noexcept {
  while (p != end && is_digit(*p)) {
    ++p;
  }
  return p;
}

// The value of a hexadecimal digit; 16 or more if it is none.
uint32_t hex_value(unsigned char c) noexcept {
  if (c >= '0' && c <= '9') {
    return c - '0';
  }
  const unsigned lower = c | 0x20u;
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : 16;
}

// What may follow the first byte of a sequence (the Unicode Standard, table 3-7).
struct Lead {
  uint8_t left;  // bytes that must follow; 0 for none
  uint8_t low;   // the least that the next one may be
  uint8_t high;
};
Lead lead_of(unsigned char c) noexcept {
  if (c < 0xc2 || c > 0xf4) {
    return {0, 0, 0};
  }
  if (c < 0xe0) {
    return {1, 0x80, 0xbf};
  }
  if (c < 0xf0) {
    return {2, static_cast<uint8_t>(c == 0xe0 ? 0xa0 : 0x80),
            static_cast<uint8_t>(c == 0xed ? 0x9f : 0xbf)};
  }
  return {3, static_cast<uint8_t>(c == 0xf0 ? 0x90 : 0x80),
          static_cast<uint8_t>(c == 0xf4 ? 0x8f : 0xbf)};
}

}  // namespace

JsonSkip::Stop JsonSkip::run(const char*& p, const char* end, uint64_t offset) noexcept {
  begin_ = p;
  offset_ = offset;
  Next next = next_;
  const char* at = p;
  const Stop stop = walk(at, end, next);
  next_ = next;
  p = at;
  return stop;
}

// What is kept in registers: the position, and what comes next.
[[gnu::always_inline]] inline JsonSkip::Stop JsonSkip::walk(const char*& p, const char* end,
                                                            Next& next) noexcept {
  for (;;) {
    switch (next) {
      case Next::first_element:
        p = skip_space(p, end);
        if (p == end) {
          return Stop::piece_ended;
        }
        if (*p == ']') {
          ++p;
          --depth_;
          next = Next::after_value;
          continue;
        }
        next = Next::value;
        [[fallthrough]];
      case Next::value: {
        p = skip_space(p, end);
        if (p == end) {
          return Stop::piece_ended;
        }
        const char c = *p;
        if (c == '"') {
          ++p;
          next = Next::text;
          continue;
        }
        if (c == '{' || c == '[') {
          if (const Stop stop = open(p); stop != Stop::piece_ended) {
            return stop;
          }
          ++p;
          next = c == '{' ? Next::first_key : Next::first_element;
          continue;
        }
        if (is_digit(c) || c == '-') {
          next = begin_number(p, end) ? Next::after_value : Next::number;
          continue;
        }
        word_ = c == 't' ? "rue" : c == 'f' ? "alse" : c == 'n' ? "ull" : nullptr;
        if (word_ == nullptr) {
          return fail(Errc::syntax, offset(p));
        }
        ++p;
        next = Next::word;
        continue;
      }
      case Next::first_key:
        p = skip_space(p, end);
        if (p == end) {
          return Stop::piece_ended;
        }
        if (*p == '}') {
          ++p;
          --depth_;
          next = Next::after_value;
          continue;
        }
        [[fallthrough]];
      case Next::key:
        p = skip_space(p, end);
        if (p == end) {
          return Stop::piece_ended;
        }
        if (*p != '"') {
          return fail(Errc::syntax, offset(p));
        }
        ++p;
        next = Next::key_text;
        [[fallthrough]];
      case Next::key_text:
        if (const Stop stop = text(p, end); stop != Stop::value_ended) {
          return stop;
        }
        next = Next::colon;
        [[fallthrough]];
      case Next::colon:
        p = skip_space(p, end);
        if (p == end) {
          return Stop::piece_ended;
        }
        if (*p != ':') {
          return fail(Errc::syntax, offset(p));
        }
        ++p;
        next = Next::value;
        continue;
      case Next::text:
        if (const Stop stop = text(p, end); stop != Stop::value_ended) {
          return stop;
        }
        next = Next::after_value;
        continue;
      case Next::word:
        if (const Stop stop = word(p, end); stop != Stop::value_ended) {
          return stop;
        }
        next = Next::after_value;
        continue;
      case Next::number:
        if (const Stop stop = number(p, end); stop != Stop::value_ended) {
          return stop;
        }
        next = Next::after_value;
        [[fallthrough]];
      case Next::after_value:
        if (depth_ == 0) {
          return Stop::value_ended;
        }
        p = skip_space(p, end);
        if (p == end) {
          return Stop::piece_ended;
        }
        if (*p == ',') {
          ++p;
          next = in_object() ? Next::key : Next::value;
        } else if (*p == (in_object() ? '}' : ']')) {
          ++p;
          --depth_;
        } else {
          return fail(Errc::syntax, offset(p));
        }
        continue;
    }
  }
}

// Begins the number whose first byte is at p. True at the byte after it, where that is there and the
// number has no exponent; else number() goes on.
inline bool JsonSkip::begin_number(const char*& p, const char* end) noexcept {
  digits_ = Digits::none;
  p += *p == '-';
  if (p == end || !is_digit(*p)) {
    return false;
  }
  digits_ = *p == '0' ? Digits::zero : Digits::integer;
  p = *p == '0' ? p + 1 : skip_digits(p + 1, end);
  if (p != end && *p == '.') {
    digits_ = Digits::point;
    ++p;
    if (p == end || !is_digit(*p)) {
      return false;
    }
    digits_ = Digits::fraction;
    p = skip_digits(p + 1, end);
  }
  return p != end && !is_digit(*p) && (*p | 0x20) != 'e';
}

// Begins the object or array whose first byte is at p. Returns piece_ended to go on.
JsonSkip::Stop JsonSkip::open(const char* p) noexcept {
  if (depth_ >= depth_limit_) {
    return fail(Errc::depth_limit, offset(p));
  }
  if (depth_ == level_room_) {
    return Stop::no_levels;
  }
  const uint64_t bit = uint64_t{1} << (depth_ % 64);
  uint64_t& word = levels_[depth_ / 64];
  const uint64_t outer = word & (bit - 1);
  word = *p == '{' ? outer | bit : outer;
  ++depth_;
  return Stop::piece_ended;
}

// Each of the next three returns value_ended at the byte after what it skipped.

inline JsonSkip::Stop JsonSkip::text(const char*& p, const char* end) noexcept {
  if ((escape_size_ | sequence_left_) == 0) [[likely]] {
    const char* const begin = p;
    const Scan scan = scan_string(begin, end);
    if (scan.at != end && *scan.at == '"' && !scan.non_ascii && bad_utf8_ == nowhere) [[likely]] {
      p = scan.at + 1;
      return Stop::value_ended;
    }
  }
  return long_text(p, end);
}

// Text with escapes, beyond ASCII, or in pieces.
JsonSkip::Stop JsonSkip::long_text(const char*& p, const char* end) noexcept {
  if (escape_size_ != 0) {
    if (const Stop stop = escape(p, end); stop != Stop::value_ended) {
      return stop;
    }
  } else if (sequence_left_ != 0) {
    p = finish_sequence(p, end);
  }
  for (;;) {
    const char* const begin = p;
    const Scan scan = scan_string(p, end);
    p = scan.at;
    if (scan.non_ascii && bad_utf8_ == nowhere) {
      check_utf8(begin, p, p == end);
    }
    if (p == end) {
      return Stop::piece_ended;
    }
    if (*p == '"') {
      if (bad_utf8_ != nowhere) {
        return fail(Errc::invalid_utf8, bad_utf8_);
      }
      ++p;
      return Stop::value_ended;
    }
    if (*p != '\\') {
      return fail(Errc::invalid_string, offset(p));
    }
    backslash_ = offset(p);
    escape_size_ = 1;
    ++p;
    if (const Stop stop = escape(p, end); stop != Stop::value_ended) {
      return stop;
    }
  }
}

JsonSkip::Stop JsonSkip::escape(const char*& p, const char* end) noexcept {
  while (p != end) {
    if (!escape_byte(static_cast<unsigned char>(*p))) {
      return fail(Errc::invalid_string, backslash_);
    }
    ++p;
    if (escape_size_ == 0) {
      return Stop::value_ended;
    }
  }
  return Stop::piece_ended;
}

// The next byte of an escape: \n, \u0041, or two halves of a pair, \ud83d\ude00. False if it is
// malformed; escape_size_ is 0 where it ended.
bool JsonSkip::escape_byte(unsigned char c) noexcept {
  const unsigned at = escape_size_++;
  if (at == 1) {
    if (c == 'u') {
      unit_ = 0;
      return true;
    }
    escape_size_ = 0;
    return c != 0 && std::strchr("\"\\/bfnrt", c) != nullptr;
  }
  if (at == 6 || at == 7) {  // the second half begins
    unit_ = 0;
    return static_cast<char>(c) == (at == 6 ? '\\' : 'u');
  }
  const uint32_t digit = hex_value(c);
  unit_ = unit_ << 4 | digit;
  const bool is_low_half = unit_ >= 0xdc00 && unit_ < 0xe000;
  if (at == 5) {
    if (unit_ < 0xd800 || unit_ >= 0xe000) {
      escape_size_ = 0;
    }
    return digit < 16 && !is_low_half;
  }
  if (at == 11) {
    escape_size_ = 0;
    return digit < 16 && is_low_half;
  }
  return digit < 16;
}

// Looks for the first sequence of [begin, end) that is not UTF-8. If the piece ends there, the last
// sequence may be cut.
void JsonSkip::check_utf8(const char* begin, const char* end, bool is_cut) noexcept {
  const char* whole = end;
  if (is_cut) {
    // The lead of a sequence that is not whole is among the last three bytes.
    for (const char* p = end; p != begin && end - p < 3;) {
      const auto c = static_cast<unsigned char>(*--p);
      if (c < 0x80) {
        break;
      }
      if (c >= 0xc0) {
        whole = lead_of(c).left >= end - p ? p : end;
        break;
      }
    }
  }
  if (const char* bad = find_invalid_utf8(begin, static_cast<size_t>(whole - begin));
      bad != nullptr) {
    bad_utf8_ = offset(bad);
  } else if (whole != end) {
    const Lead lead = lead_of(static_cast<unsigned char>(*whole));
    sequence_ = offset(whole);
    sequence_left_ = lead.left;
    sequence_low_ = lead.low;
    sequence_high_ = lead.high;
    finish_sequence(whole + 1, end);
  }
}

// Goes on with a sequence that was cut. Returns the position after its last byte, or that of the
// byte that does not continue it.
const char* JsonSkip::finish_sequence(const char* p, const char* end) noexcept {
  for (; p != end && sequence_left_ != 0; ++p) {
    const auto c = static_cast<unsigned char>(*p);
    if (c < sequence_low_ || c > sequence_high_) {
      bad_utf8_ = bad_utf8_ == nowhere ? sequence_ : bad_utf8_;
      sequence_left_ = 0;
      return p;
    }
    --sequence_left_;
    sequence_low_ = 0x80;
    sequence_high_ = 0xbf;
  }
  return p;
}

JsonSkip::Stop JsonSkip::word(const char*& p, const char* end) noexcept {
  for (; *word_ != '\0'; ++p, ++word_) {
    if (p == end) {
      return Stop::piece_ended;
    }
    if (*p != *word_) {
      return fail(Errc::syntax, offset(p));
    }
  }
  return Stop::value_ended;
}

JsonSkip::Stop JsonSkip::number(const char*& p, const char* end) noexcept {
  while (p != end) {
    const char c = *p;
    switch (digits_) {
      case Digits::none:
        if (!is_digit(c)) {
          return fail(Errc::invalid_number, offset(p));
        }
        digits_ = c == '0' ? Digits::zero : Digits::integer;
        break;
      case Digits::zero:
        if (is_digit(c)) {
          return fail(Errc::invalid_number, offset(p));
        }
        [[fallthrough]];
      case Digits::integer:
        if (is_digit(c)) {
          p = skip_digits(p, end);
          continue;
        }
        if (c == '.') {
          digits_ = Digits::point;
          break;
        }
        [[fallthrough]];
      case Digits::fraction:
        if (digits_ == Digits::fraction && is_digit(c)) {
          p = skip_digits(p, end);
          continue;
        }
        if ((c | 0x20) != 'e') {
          return Stop::value_ended;
        }
        digits_ = Digits::exponent_sign;
        break;
      case Digits::point:
        if (!is_digit(c)) {
          return fail(Errc::invalid_number, offset(p));
        }
        digits_ = Digits::fraction;
        break;
      case Digits::exponent_sign:
        if (c == '+' || c == '-') {
          digits_ = Digits::exponent_begin;
          break;
        }
        [[fallthrough]];
      case Digits::exponent_begin:
        if (!is_digit(c)) {
          return fail(Errc::invalid_number, offset(p));
        }
        digits_ = Digits::exponent;
        break;
      case Digits::exponent:
        if (!is_digit(c)) {
          return Stop::value_ended;
        }
        p = skip_digits(p, end);
        continue;
    }
    ++p;
  }
  return Stop::piece_ended;
}

bool JsonSkip::may_end() const noexcept {
  return next_ == Next::number && depth_ == 0 &&
         (digits_ == Digits::zero || digits_ == Digits::integer || digits_ == Digits::fraction ||
          digits_ == Digits::exponent);
}

uint64_t JsonSkip::at_least() const noexcept {
  switch (next_) {
    case Next::value: return depth_ + 1;
    case Next::first_element:
    case Next::first_key:
    case Next::after_value: return depth_;
    case Next::key: return depth_ + 4;  // "":0
    case Next::colon: return depth_ + 2;
    case Next::text: return depth_ + 1;
    case Next::key_text: return depth_ + 3;
    case Next::word: return depth_ + std::strlen(word_);
    case Next::number: break;
  }
  const bool is_whole = digits_ == Digits::zero || digits_ == Digits::integer ||
                        digits_ == Digits::fraction || digits_ == Digits::exponent;
  return depth_ + (is_whole ? 0 : 1);
}

}  // namespace wirejit::kernels
