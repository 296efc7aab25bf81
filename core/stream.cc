// Reading and writing of streams of messages. Entry: StreamReader::next, StreamWriter::write.
// Invariant: the reader has one buffer, which doubles only when bytes of one message fill it, and a
// byte is searched and moved a bounded number of times, however the source splits the stream; the
// writer holds whole messages of less than a piece in all.
#include <wirejit/stream.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <new>
#include <string>
#include <utility>

namespace wirejit {
namespace {

constexpr std::size_t piece = std::size_t{64} << 10;
constexpr std::size_t longest_header = 10;
constexpr std::size_t longest_ending = 2;  // "\r\n"
constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";

std::string place_of(std::uint64_t number, std::uint64_t offset) {
  return "message " + std::to_string(number) + " at byte " + std::to_string(offset);
}

// `detail`, with the message and its offset before its text.
Error in_message(Error::Detail detail, std::uint64_t number, std::uint64_t offset) noexcept {
  const Errc code = detail.code;
  try {
    const std::string what = std::move(detail.message);
    detail.message = place_of(number, offset) + (what.empty() ? "" : ": ") + what;
    return Error(std::move(detail));
  } catch (const std::bad_alloc&) {
    return Error(code);
  }
}

Error::Detail detail_of(const Error& error) {
  return {.code = error.code(),
          .offset = error.offset(),
          .line = error.line(),
          .column = error.column(),
          .path = error.path(),
          .message = error.message()};
}

bool is_blank(std::string_view line) noexcept {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

std::string_view to_string(Framing framing) noexcept {
  switch (framing) {
    case Framing::ndjson: return "ndjson";
    case Framing::delimited: return "delimited";
    case Framing::framed: return "framed";
  }
  return "unknown";
}

Error StreamMessage::locate(const Error& error) const {
  Error::Detail detail = detail_of(error);
  detail.offset =
      static_cast<std::size_t>(error.offset() == no_offset ? offset : offset + error.offset());
  if (detail.line != 0 && line != 0) {
    const std::uint64_t at = line + (detail.line - 1);
    const bool fits = at <= std::numeric_limits<std::uint32_t>::max();
    detail.line = fits ? static_cast<std::uint32_t>(at) : 0;
    detail.column = fits ? detail.column : 0;
  }
  return in_message(std::move(detail), number, offset);
}

void StreamReader::consume(std::size_t n) noexcept {
  begin_ += n;
  position_ += n;
  searched_ = 0;
  if (begin_ == end_) {
    begin_ = end_ = 0;
  }
}

// Room for at least one byte after end_.
bool StreamReader::make_room() noexcept {
  if (end_ < window_.capacity()) {
    return true;
  }
  if (begin_ != 0) {
    std::memmove(window_.storage(), data(), available());
    end_ = available();
    begin_ = 0;
    return true;
  }
  // Whoever asks for more has seen that the message is not too long: the limit is never in the way.
  constexpr std::size_t most = std::numeric_limits<std::size_t>::max() / 4;
  const std::size_t enough = std::min(limit_, most) + longest_header + longest_ending;
  const std::size_t grown = std::min(window_.capacity() * 2, std::max(enough, piece));
  window_.set_size(end_);
  return window_.reserve(std::max(grown, piece)) && end_ < window_.capacity();
}

// At least one byte more from the source.
StreamReader::Filled StreamReader::fill() noexcept {
  if (ended_) {
    return Filled::end;
  }
  if (!make_room()) {
    return Filled::no_room;
  }
  Result<std::size_t> got = source_.read({window_.storage() + end_, window_.capacity() - end_});
  if (!got) {
    failure_ = std::move(got.error());
    return Filled::failed;
  }
  ended_ = *got == 0;
  end_ += *got;
  return ended_ ? Filled::end : Filled::some;
}

void StreamReader::begin_message() noexcept {
  ++number_;
  start_ = position_;
}

// An error in message number_.
std::unexpected<Error> StreamReader::error(Errc code, std::string_view what,
                                           std::uint64_t offset) const noexcept {
  Error::Detail detail{
      .code = code, .offset = static_cast<std::size_t>(offset), .path = {}, .message = {}};
  try {
    detail.message = what;
  } catch (const std::bad_alloc&) {  // the code says it, too
  }
  return std::unexpected(in_message(std::move(detail), number_, start_));
}

// Message number_ is left out. `length` is 0 where it is not known.
std::unexpected<Error> StreamReader::over_limit(std::uint64_t length) const noexcept {
  std::string what;
  try {
    what = length == 0 ? "the line is longer than the limit of "
                       : "the length of " + std::to_string(length) + " is beyond the limit of ";
    what += std::to_string(limit_) + " bytes";
  } catch (const std::bad_alloc&) {
  }
  return error(Errc::size_limit, what, start_);
}

// The stream ends with an error in message number_.
std::unexpected<Error> StreamReader::broken_by(Errc code, std::string_view what,
                                               std::uint64_t offset) noexcept {
  broken_ = true;
  return error(code, what, offset);
}

// There are no more bytes, inside message number_.
std::unexpected<Error> StreamReader::end_inside(Filled why) noexcept {
  const std::uint64_t end = position_ + available();
  if (why == Filled::failed) {
    const Error failure = *std::exchange(failure_, std::nullopt);
    return broken_by(failure.code(), failure.message(), end);
  }
  return why == Filled::no_room
             ? broken_by(Errc::no_memory, {}, end)
             : broken_by(Errc::truncated, "the stream ends inside the message", end);
}

StreamReader::Next StreamReader::message(std::size_t length, std::size_t consumed) noexcept {
  const StreamMessage found{
      .bytes = {data(), length}, .number = number_, .offset = start_, .line = line_};
  begin_ += consumed;  // the bytes stay where they are until fill()
  position_ += consumed;
  searched_ = 0;
  return found;
}

StreamReader::Filled StreamReader::skip_byte_order_mark() noexcept {
  while (available() < byte_order_mark.size() &&
         byte_order_mark.starts_with(as_text({data(), available()}))) {
    if (const Filled filled = fill(); filled != Filled::some) {
      return filled == Filled::end ? Filled::some : filled;
    }
  }
  if (as_text({data(), available()}).starts_with(byte_order_mark)) {
    consume(byte_order_mark.size());
  }
  return Filled::some;
}

// The rest of a message that is too long, without keeping any of it.
StreamReader::Filled StreamReader::skip() noexcept {
  while (skip_ != 0 || skip_line_) {
    if (available() == 0) {
      begin_ = end_ = 0;
      if (const Filled filled = fill(); filled != Filled::some) {
        return filled;
      }
    }
    if (skip_line_) {
      const void* newline = std::memchr(data(), '\n', available());
      skip_line_ = newline == nullptr;
      consume(skip_line_
                  ? available()
                  : static_cast<std::size_t>(static_cast<const std::uint8_t*>(newline) - data()) +
                        1);
    } else {
      const std::size_t n = std::min<std::uint64_t>(skip_, available());
      consume(n);
      skip_ -= n;
    }
  }
  return Filled::some;
}

StreamReader::Next StreamReader::next_line() noexcept {
  for (;;) {
    const void* newline = available() == searched_
                              ? nullptr
                              : std::memchr(data() + searched_, '\n', available() - searched_);
    std::size_t length = available();
    if (newline != nullptr) {
      length = static_cast<std::size_t>(static_cast<const std::uint8_t*>(newline) - data());
    }
    const std::size_t ending = length != 0 && data()[length - 1] == '\r' ? 1 : 0;
    const bool too_long = length - ending > limit_;
    Filled filled = Filled::some;
    if (newline == nullptr && !too_long) {
      searched_ = length;
      filled = fill();
      if (filled == Filled::some) {
        continue;
      }
      if (filled == Filled::end && length == 0) {
        return std::nullopt;
      }
    }
    ++line_;
    if (!too_long && filled != Filled::no_room && filled != Filled::failed &&
        is_blank(as_text({data(), length}))) {
      consume(length + (newline != nullptr ? 1 : 0));
      continue;
    }
    begin_message();
    if (filled == Filled::failed) {
      return end_inside(filled);
    }
    if (too_long || filled == Filled::no_room) {
      skip_line_ = newline == nullptr;
      consume(length + (newline != nullptr ? 1 : 0));
      return too_long ? over_limit(0) : error(Errc::no_memory, {}, start_);
    }
    return message(length - ending, length + (newline != nullptr ? 1 : 0));
  }
}

StreamReader::Next StreamReader::next_block() noexcept {
  std::uint64_t length = 0;
  std::size_t header = 0;
  for (bool more = true; more; ++header) {
    if (available() == header) {
      const Filled filled = fill();
      if (filled == Filled::end && header == 0) {
        return std::nullopt;
      }
      if (filled != Filled::some) {
        begin_message();
        return end_inside(filled);
      }
    }
    const std::uint64_t byte = data()[header];
    if (framing_ == Framing::framed) {
      length = length << 8 | byte;
      more = header != 3;
    } else if (header == longest_header - 1 && byte > 1) {
      begin_message();
      return broken_by(Errc::invalid_varint, "the length has more than 64 bits", position_);
    } else {
      length |= (byte & 0x7f) << (7 * header);
      more = byte >= 0x80;
    }
  }
  if (framing_ == Framing::framed && length > std::numeric_limits<std::int32_t>::max()) {
    begin_message();
    return broken_by(Errc::invalid_count, "the length is negative", position_);
  }
  consume(header);
  begin_message();
  if (length > limit_) {
    skip_ = length;
    return over_limit(length);
  }
  while (available() < length) {
    const Filled filled = fill();
    if (filled == Filled::no_room) {
      skip_ = length;
      return error(Errc::no_memory, {}, start_);
    }
    if (filled != Filled::some) {
      return end_inside(filled);
    }
  }
  return message(static_cast<std::size_t>(length), static_cast<std::size_t>(length));
}

Result<std::optional<StreamMessage>> StreamReader::next() noexcept {
  if (broken_) {
    return std::nullopt;
  }
  if (available() == 0 || window_.capacity() == 0) {  // nothing, or what there was moved away
    begin_ = end_ = searched_ = 0;
  }
  Filled ready = skip();
  if (!started_) {
    ready = framing_ == Framing::ndjson ? skip_byte_order_mark() : Filled::some;
    started_ = true;
    if (ready != Filled::some) {
      begin_message();
    }
  }
  if (ready == Filled::end && skip_line_) {  // the last line
    skip_line_ = false;
    return std::nullopt;
  }
  if (ready != Filled::some) {
    return end_inside(ready);
  }
  return framing_ == Framing::ndjson ? next_line() : next_block();
}

namespace {

// How many messages lie in the first `taken` bytes of complete frames, and where the last one of them
// ends.
struct Frames {
  std::uint64_t messages = 0;
  std::size_t bytes = 0;
};

Frames complete_frames(Bytes bytes, std::size_t taken, Framing framing) noexcept {
  Frames complete;
  for (;;) {
    const Bytes rest = bytes.subspan(complete.bytes);
    std::size_t size = 0;
    if (framing == Framing::ndjson) {
      size = as_text(rest).find('\n') + 1;  // 0 if there is none
    } else if (framing == Framing::framed && rest.size() >= 4) {
      size = std::size_t{4} + (std::size_t{rest[0]} << 24 | std::size_t{rest[1]} << 16 |
                               std::size_t{rest[2]} << 8 | rest[3]);
    } else if (framing == Framing::delimited && !rest.empty()) {
      std::size_t header = 0;
      do {
        size |= std::size_t{rest[header] & 0x7fU} << (7 * header);
      } while (rest[header++] >= 0x80);
      size += header;
    }
    if (size == 0 || size > taken - complete.bytes) {
      return complete;
    }
    ++complete.messages;
    complete.bytes += size;
  }
}

struct Header {
  std::array<std::uint8_t, longest_header> bytes{};
  std::size_t size = 0;
};

Header header_of(std::size_t length, Framing framing) noexcept {
  Header header;
  if (framing == Framing::framed) {
    for (; header.size < 4; ++header.size) {
      header.bytes[header.size] = static_cast<std::uint8_t>(length >> (24 - 8 * header.size));
    }
  } else if (framing == Framing::delimited) {
    for (; length >= 0x80; length >>= 7) {
      header.bytes[header.size++] = static_cast<std::uint8_t>(length | 0x80);
    }
    header.bytes[header.size++] = static_cast<std::uint8_t>(length);
  }
  return header;
}

// Why no frame can hold the message, or nothing.
std::optional<Error::Detail> misfit(Bytes message, Framing framing) {
  if (framing != Framing::ndjson) {
    if (message.size() <= std::numeric_limits<std::int32_t>::max()) {
      return std::nullopt;
    }
    return Error::Detail{.code = Errc::size_limit,
                         .path = {},
                         .message = "a frame holds less than 2 GiB, and the message has " +
                                    std::to_string(message.size()) + " bytes"};
  }
  const std::string_view text = as_text(message);
  if (const std::size_t newline = text.find('\n'); newline != std::string_view::npos) {
    return Error::Detail{.code = Errc::syntax,
                         .path = {},
                         .message = "a line cannot hold the newline at byte " +
                                    std::to_string(newline) + " of the message"};
  }
  if (is_blank(text)) {
    return Error::Detail{.code = Errc::syntax, .path = {}, .message = "a blank line is no message"};
  }
  return std::nullopt;
}

}  // namespace

// After this all calls fail. `number` begins at `offset` and is not written whole.
Result<void> StreamWriter::fail(const Error& error, std::uint64_t number,
                                std::uint64_t offset) noexcept {
  pending_.clear();
  try {
    Error::Detail detail = detail_of(error);
    detail.offset = static_cast<std::size_t>(position_);
    failure_ = in_message(std::move(detail), number, offset);
  } catch (const std::bad_alloc&) {
    failure_ = Error(error.code());
  }
  return std::unexpected(*failure_);
}

// Hands bytes to the sink. After an error position_ is after those that it has taken.
Result<void> StreamWriter::put(Bytes bytes) noexcept {
  while (!bytes.empty()) {
    Result<std::size_t> taken = sink_.write(bytes);
    if (!taken) {
      return std::unexpected(std::move(taken.error()));
    }
    if (*taken == 0) {
      return std::unexpected(Error(Errc::io, "the sink takes no bytes"));
    }
    position_ += *taken;
    bytes = bytes.subspan(*taken);
  }
  return {};
}

Result<void> StreamWriter::flush() noexcept {
  if (failure_) {
    return std::unexpected(*failure_);
  }
  const std::uint64_t begin = position_;
  if (Result<void> done = put(pending_.bytes()); !done) {
    const auto taken = static_cast<std::size_t>(position_ - begin);
    const Frames complete = complete_frames(pending_.bytes(), taken, framing_);
    return fail(done.error(), flushed_ + complete.messages + 1, begin + complete.bytes);
  }
  pending_.clear();
  flushed_ = number_;
  return {};
}

Result<void> StreamWriter::write(Bytes message) noexcept {
  if (failure_) {
    return std::unexpected(*failure_);
  }
  if (closed_) {
    return std::unexpected(Error(Errc::io, "the writer is closed"));
  }
  try {
    if (std::optional<Error::Detail> why = misfit(message, framing_)) {
      const std::uint64_t offset = position_ + pending_.size();
      return std::unexpected(in_message(*std::move(why), number_ + 1, offset));
    }
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error(Errc::no_memory));
  }
  const Header header = header_of(message.size(), framing_);
  const Bytes ending = framing_ == Framing::ndjson ? as_bytes("\n") : Bytes();
  const std::array parts{Bytes(header.bytes).first(header.size), message, ending};
  const std::size_t total = header.size + message.size() + ending.size();
  if (total > piece - pending_.size()) {
    if (Result<void> done = flush(); !done) {
      return done;
    }
  }
  if (total <= piece) {
    if (!pending_.reserve(piece)) {
      return std::unexpected(Error(Errc::no_memory));
    }
    ++number_;
    for (const Bytes part : parts) {
      (void)pending_.append(part);  // there is room
    }
    return {};
  }
  ++number_;
  const std::uint64_t begin = position_;
  for (const Bytes part : parts) {
    if (Result<void> done = put(part); !done) {
      return fail(done.error(), number_, begin);
    }
  }
  flushed_ = number_;
  return {};
}

Result<void> StreamWriter::finish() noexcept {
  Result<void> done = write(message_.bytes());
  message_.clear();
  return done;
}

Result<void> StreamWriter::close() noexcept {
  Result<void> done = flush();
  closed_ = true;
  Result<void> closed = sink_.close();
  if (done && !closed) {
    return fail(closed.error(), number_, position_);
  }
  return done;
}

}  // namespace wirejit
