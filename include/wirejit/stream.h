/// @file
/// Streams of messages: many messages one after another in a file, in memory, or from functions of
/// the application. Entry: StreamReader, StreamWriter. Invariant: memory does not grow with the
/// stream; it grows to the largest message and to no more than a limit, as bytes come, whatever
/// lengths the stream announces.
///
///     StreamReader orders(StreamSource::memory("{\"id\": 7}\n{\"id\": \"x\"}\n{\"id\": 9}\n"),
///                         Framing::ndjson);
///     while (true) {
///       const Result<std::optional<StreamMessage>> next = orders.next();
///       if (!next) {
///         std::cerr << next.error() << '\n';  // has the number and the place of the message
///       } else if (!*next) {
///         break;  // the end
///       } else if (auto read = codec.decode((*next)->bytes, order); !read) {
///         std::cerr << (*next)->locate(read.error()) << '\n';  // message 2 at byte 10: ...
///       }
///     }
#pragma once

#include <wirejit/buffer.h>
#include <wirejit/error.h>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace wirejit {

/// How a stream tells where its messages end.
enum class Framing : std::uint8_t {
  /// Each message is a line, which ends with "\n" or "\r\n"; the last one may lack it. Lines of
  /// nothing but spaces and tabs are no messages, and a byte order mark (U+FEFF) at the start of the
  /// stream is skipped. A message must not have a newline: write JSON without an indent.
  ndjson,
  /// The length is before each message, as a varint of at most ten bytes: what Protobuf's
  /// parseDelimitedFrom and writeDelimitedTo read and write.
  delimited,
  /// The length is before each message, as a big-endian int32: Thrift's framed transport.
  framed,
};

/// A framing's name as written in this header, such as "ndjson", in static storage.
[[nodiscard]] std::string_view to_string(Framing framing) noexcept;

namespace detail {

// A file descriptor, which is closed if it is owned.
class StreamFile {
 public:
  StreamFile() = default;
  StreamFile(int fd, bool owned, std::string name) noexcept
      : fd_(fd), owned_(owned), name_(std::move(name)) {}
  StreamFile(StreamFile&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), owned_(other.owned_), name_(std::move(other.name_)) {}
  StreamFile& operator=(StreamFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(owned_, other.owned_);
    std::swap(name_, other.name_);
    return *this;
  }
  ~StreamFile() { (void)close(); }

  [[nodiscard]] bool is_open() const noexcept { return fd_ >= 0; }
  [[nodiscard]] Result<std::size_t> read(std::span<std::uint8_t> to) const noexcept;
  [[nodiscard]] Result<std::size_t> write(Bytes bytes) const noexcept;
  Result<void> close() noexcept;

 private:
  int fd_ = -1;
  bool owned_ = false;
  std::string name_;
};

}  // namespace detail

/// Where a StreamReader gets bytes from. Movable, not copyable. Not thread-safe.
class StreamSource {
 public:
  /// Puts bytes at the start of the span, which is not empty, and returns how many: at most its
  /// size, and 0 only at the end of the stream. What it throws is Errc::exception.
  using Read = std::function<Result<std::size_t>(std::span<std::uint8_t>)>;

  /// What a function gives: of a socket, a decompressor, a std::istream.
  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, StreamSource> &&
             std::copy_constructible<std::decay_t<F>> &&
             std::is_invocable_r_v<Result<std::size_t>, F&, std::span<std::uint8_t>>)
  StreamSource(F&& read) : read_(std::forward<F>(read)) {}  // NOLINT: implicit on purpose
  /// Bytes in memory, or the spans of a chain one after another. They are not owned, nor is the list
  /// of spans: they must live as long as the reader.
  [[nodiscard]] static StreamSource memory(const Input& input) noexcept;
  /// A file, which is closed by the destructor. Error: io.
  [[nodiscard]] static Result<StreamSource> file(const std::string& path);
  /// A file descriptor, which is not closed; messages of errors call it `name`.
  [[nodiscard]] static StreamSource descriptor(int fd, std::string name) noexcept;

  /// What Read says. Errors: io, those of the function, exception.
  [[nodiscard]] Result<std::size_t> read(std::span<std::uint8_t> to) noexcept;

 private:
  explicit StreamSource(const Input& input) noexcept : input_(input) {}
  explicit StreamSource(detail::StreamFile file) noexcept : file_(std::move(file)) {}
  [[nodiscard]] std::size_t read_memory(std::span<std::uint8_t> to) noexcept;

  Read read_;
  detail::StreamFile file_;
  Input input_ = Input(Bytes());
  std::size_t span_ = 0;  // of input_: the next byte is in this span, or it is the only one
  std::size_t at_ = 0;    // the next byte of that span
};

/// Where a StreamWriter puts bytes. Movable, not copyable. Not thread-safe.
class StreamSink {
 public:
  /// Takes bytes from the start of the span, which is not empty, and returns how many: at least one.
  /// It is called again for the rest. What it throws is Errc::exception.
  using Write = std::function<Result<std::size_t>(Bytes)>;

  /// A function.
  template <class F>
    requires(!std::same_as<std::remove_cvref_t<F>, StreamSink> &&
             std::copy_constructible<std::decay_t<F>> &&
             std::is_invocable_r_v<Result<std::size_t>, F&, Bytes>)
  StreamSink(F&& write) : write_(std::forward<F>(write)) {}  // NOLINT: implicit on purpose
  /// Appends to a Buffer, a std::string or a Chain, which must live as long as the writer.
  [[nodiscard]] static StreamSink memory(Output out) noexcept;
  /// A file, which is made, or replaced if it exists. Error: io.
  [[nodiscard]] static Result<StreamSink> file(const std::string& path);
  /// A file descriptor, which is not closed; messages of errors call it `name`.
  [[nodiscard]] static StreamSink descriptor(int fd, std::string name) noexcept;

  /// What Write says. Errors: io, those of the function, exception, no_memory.
  [[nodiscard]] Result<std::size_t> write(Bytes bytes) noexcept;
  /// Closes the file, if this is one. Error: io, if what was written could not be stored.
  [[nodiscard]] Result<void> close() noexcept;

 private:
  explicit StreamSink(Output out) noexcept : out_(out) {}
  explicit StreamSink(detail::StreamFile file) noexcept : file_(std::move(file)) {}

  Write write_;
  detail::StreamFile file_;
  std::optional<Output> out_;
};

/// How a StreamReader reads.
struct StreamOptions {
  /// Bytes that a message may have. A longer one is size_limit, and the next can be read.
  std::size_t message_bytes = std::size_t{64} << 20;
};

/// One message of a stream.
struct StreamMessage {
  /// The message, without its frame. Valid until the reader is used again.
  Bytes bytes;
  /// Which message of the stream it is, from 1. Those that cannot be read are counted, too.
  std::uint64_t number = 0;
  /// Where it begins: bytes from the start of the stream.
  std::uint64_t offset = 0;
  /// Of NDJSON, its line in the stream, from 1; else 0.
  std::uint64_t line = 0;

  /// The error of a codec, whose places are those in the message, with places in the stream: the
  /// offset counts from the stream's start, a line is one of the stream, and the text begins with
  /// "message 17 at byte 3412: ".
  [[nodiscard]] Error locate(const Error& error) const;
};

/// Reads the messages of a stream one after another. Movable, not copyable; what was moved from can
/// be assigned to. Not thread-safe.
class StreamReader {
 public:
  /// Reads from `source`, 64 KiB at a time.
  explicit StreamReader(StreamSource source, Framing framing, StreamOptions options = {}) noexcept
      : source_(std::move(source)), framing_(framing), limit_(options.message_bytes) {}

  /// The next message, or nothing at the end. Errors name the message and its offset, as
  /// StreamMessage::locate does:
  /// - size_limit: a message is longer than StreamOptions::message_bytes; no_memory: there is no
  ///   memory for it. The next call skips it, in constant memory, and reads the next message.
  /// - truncated: the stream ends inside a message; invalid_varint, invalid_count: a length that
  ///   cannot be; what the source failed with. Where the next message begins is not known then, so
  ///   that broken() holds, and there are no more messages.
  [[nodiscard]] Result<std::optional<StreamMessage>> next() noexcept;

  /// True after an error behind which no message can be read.
  [[nodiscard]] bool broken() const noexcept { return broken_; }
  /// How many messages were read, those that could not be read counted, too.
  [[nodiscard]] std::uint64_t messages() const noexcept { return number_; }
  /// Bytes from the start of the stream to the end of what was read as messages.
  [[nodiscard]] std::uint64_t offset() const noexcept { return position_; }

 private:
  using Next = Result<std::optional<StreamMessage>>;
  enum class Filled : std::uint8_t { some, end, no_room, failed };

  [[nodiscard]] std::size_t available() const noexcept { return end_ - begin_; }
  [[nodiscard]] const std::uint8_t* data() const noexcept { return window_.data() + begin_; }
  void consume(std::size_t n) noexcept;
  [[nodiscard]] bool make_room() noexcept;
  [[nodiscard]] Filled fill() noexcept;
  [[nodiscard]] Filled skip_byte_order_mark() noexcept;
  [[nodiscard]] Filled skip() noexcept;
  [[nodiscard]] Next next_line() noexcept;
  [[nodiscard]] Next next_block() noexcept;
  [[nodiscard]] Next message(std::size_t length, std::size_t consumed) noexcept;
  void begin_message() noexcept;
  [[nodiscard]] std::unexpected<Error> error(Errc code, std::string_view what,
                                             std::uint64_t offset) const noexcept;
  [[nodiscard]] std::unexpected<Error> over_limit(std::uint64_t length) const noexcept;
  [[nodiscard]] std::unexpected<Error> end_inside(Filled why) noexcept;
  [[nodiscard]] std::unexpected<Error> broken_by(Errc code, std::string_view what,
                                                 std::uint64_t offset) noexcept;

  StreamSource source_;
  Framing framing_;
  std::size_t limit_;
  Buffer window_;  // bytes begin_ to end_ of its memory are received and not consumed
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t searched_ = 0;    // so many bytes from begin_ on have no newline
  std::uint64_t position_ = 0;  // of begin_, in the stream
  std::uint64_t start_ = 0;     // of message number_
  std::uint64_t number_ = 0;
  std::uint64_t line_ = 0;
  std::uint64_t skip_ = 0;  // bytes of a message that is not read
  bool skip_line_ = false;  // the rest of the line is not read
  bool started_ = false;
  bool ended_ = false;  // the source has no more
  bool broken_ = false;
  std::optional<Error> failure_;  // of the source
};

/// Writes messages one after another. Movable, not copyable; what was moved from can be assigned to.
/// Not thread-safe.
class StreamWriter {
 public:
  /// Writes to `sink`, about 64 KiB at a time.
  explicit StreamWriter(StreamSink sink, Framing framing) noexcept
      : sink_(std::move(sink)), framing_(framing) {}

  /// Where the next message is encoded, before finish(). Empty at first; keeps its memory.
  [[nodiscard]] Buffer& message() noexcept { return message_; }
  /// Writes what message() holds as the next message, and empties it. Errors: as of write().
  [[nodiscard]] Result<void> finish() noexcept;
  /// Writes a message. Errors:
  /// - syntax: a line of NDJSON cannot hold it, as it has a newline or is blank; size_limit: it has
  ///   2 GiB or more, which no frame can hold. Nothing is written of it, and more messages can be.
  /// - what the sink failed with. It names the first message that is not written whole, and its
  ///   offset in what is written. All further calls give the same error.
  [[nodiscard]] Result<void> write(Bytes message) noexcept;
  /// Hands all that was written to the sink. The destructor does not. Errors: those of the sink.
  [[nodiscard]] Result<void> flush() noexcept;
  /// Flushes, and closes the sink. To write after it is an error (io). Errors: those of the sink.
  [[nodiscard]] Result<void> close() noexcept;

  /// How many messages were written, those counted, too, that are not yet flushed.
  [[nodiscard]] std::uint64_t messages() const noexcept { return number_; }
  /// How many bytes the sink has taken.
  [[nodiscard]] std::uint64_t offset() const noexcept { return position_; }

 private:
  [[nodiscard]] Result<void> put(Bytes bytes) noexcept;
  [[nodiscard]] Result<void> fail(const Error& error, std::uint64_t number,
                                  std::uint64_t offset) noexcept;

  StreamSink sink_;
  Framing framing_;
  Buffer message_;
  Buffer pending_;              // whole messages with their frames
  std::uint64_t flushed_ = 0;   // messages that the sink has
  std::uint64_t number_ = 0;    // messages
  std::uint64_t position_ = 0;  // bytes that the sink has
  bool closed_ = false;
  std::optional<Error> failure_;
};

}  // namespace wirejit
