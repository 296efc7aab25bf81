// Finds the end of a JSON value that comes in pieces, and checks all of its grammar, escapes and
// UTF-8. Any format whose values are JSON can use it.
// Entry: JsonSkip::run. Invariant: no byte is kept or looked at twice, so the state after some text
// depends on the text alone, not on where pieces end; nothing outside a piece is read.
#pragma once

#include <wirejit/error.h>

#include <cstddef>
#include <cstdint>

namespace wirejit::kernels {

class JsonSkip {
 public:
  enum class Stop : uint8_t {
    piece_ended,
    value_ended,
    failed,     // error() and error_offset() say why
    no_levels,  // before a level for which there is no room: give_levels(), then go on
  };

  // `depth`: how many objects and arrays may be open at once.
  explicit JsonSkip(uint32_t depth) noexcept : depth_limit_(depth) {}

  // Where levels are kept, one bit each. The bits of levels that are open must be kept.
  void give_levels(uint64_t* words, size_t count) noexcept {
    levels_ = words;
    level_room_ = 64 * count;
  }
  // Goes on at p, whose offset in the text is `offset`, and moves p to where it stopped.
  Stop run(const char*& p, const char* end, uint64_t offset) noexcept;
  // Whether the text so far is a whole number, which the next byte may still continue.
  [[nodiscard]] bool may_end() const noexcept;
  // How many more bytes the value has at least; 0 for a number that may end.
  [[nodiscard]] uint64_t at_least() const noexcept;
  void reset() noexcept { *this = fresh(); }

  [[nodiscard]] Errc error() const noexcept { return error_; }
  [[nodiscard]] uint64_t error_offset() const noexcept { return error_offset_; }

 private:
  // What comes next. White space may come before the first six.
  enum class Next : uint8_t {
    value,
    first_element,  // or the end of the array
    key,
    first_key,  // or the end of the object
    colon,
    after_value,  // a comma, or the end of the object or array
    text,         // of a string
    key_text,
    word,
    number,
  };
  enum class Digits : uint8_t {
    none,  // after '-'
    zero,
    integer,
    point,
    fraction,
    exponent_sign,   // a sign, or a digit
    exponent_begin,  // a digit
    exponent,
  };
  static constexpr uint64_t nowhere = ~uint64_t{0};

  [[nodiscard]] JsonSkip fresh() const noexcept {
    JsonSkip other(depth_limit_);
    other.levels_ = levels_;
    other.level_room_ = level_room_;
    return other;
  }
  [[nodiscard]] uint64_t offset(const char* p) const noexcept {
    return offset_ + static_cast<uint64_t>(p - begin_);
  }
  Stop fail(Errc code, uint64_t offset) noexcept {
    error_ = code;
    error_offset_ = offset;
    return Stop::failed;
  }

  Stop walk(const char*& p, const char* end, Next& next) noexcept;
  Stop open(const char* p) noexcept;
  bool begin_number(const char*& p, const char* end) noexcept;
  Stop text(const char*& p, const char* end) noexcept;
  Stop long_text(const char*& p, const char* end) noexcept;
  Stop escape(const char*& p, const char* end) noexcept;
  Stop word(const char*& p, const char* end) noexcept;
  Stop number(const char*& p, const char* end) noexcept;
  bool escape_byte(unsigned char c) noexcept;
  void check_utf8(const char* begin, const char* end, bool is_cut) noexcept;
  const char* finish_sequence(const char* p, const char* end) noexcept;
  [[nodiscard]] bool in_object() const noexcept {
    return (levels_[(depth_ - 1) / 64] >> ((depth_ - 1) % 64) & 1) != 0;
  }

  const char* begin_ = nullptr;  // of the piece
  uint64_t offset_ = 0;          // of begin_
  uint64_t* levels_ = nullptr;   // whether each level is an object
  uint64_t level_room_ = 0;
  uint64_t depth_ = 0;
  uint64_t error_offset_ = 0;
  // Of a string: where its first sequence that is not UTF-8 begins. An error of the grammar that
  // comes later in the string is reported instead.
  uint64_t bad_utf8_ = nowhere;
  uint64_t sequence_ = 0;       // where the sequence begins that a piece's end has cut
  uint64_t backslash_ = 0;      // where the escape begins
  const char* word_ = nullptr;  // what is left of true, false or null
  uint32_t depth_limit_;
  uint32_t unit_ = 0;  // of \uXXXX
  Errc error_ = Errc::ok;
  Next next_ = Next::value;
  Digits digits_ = Digits::none;
  uint8_t escape_size_ = 0;  // bytes of the escape so far; 0 if there is none
  // Of the cut sequence: how many bytes are missing, and what the next one may be.
  uint8_t sequence_left_ = 0;
  uint8_t sequence_low_ = 0;
  uint8_t sequence_high_ = 0;
};

}  // namespace wirejit::kernels
