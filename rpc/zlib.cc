// The one transform of THeaders, through zlib. Entry: inflate_bytes, deflate_bytes. Invariant: memory
// follows what was inflated, up to the limit.
#include "headers.h"

#ifdef WIREJIT_HAS_ZLIB

#define ZLIB_CONST
#include <zlib.h>

#include <algorithm>
#include <limits>

namespace wirejit::rpc {

namespace {

std::unexpected<Error> no_memory() { return std::unexpected(Error(Errc::no_memory)); }

class Inflater {
 public:
  Inflater() noexcept : is_open_(inflateInit(&stream) == Z_OK) {}
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() {
    if (is_open_) {
      inflateEnd(&stream);
    }
  }
  [[nodiscard]] bool is_open() const noexcept { return is_open_; }

  z_stream stream{};

 private:
  bool is_open_;
};

class Deflater {
 public:
  Deflater() noexcept : is_open_(deflateInit(&stream, Z_DEFAULT_COMPRESSION) == Z_OK) {}
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;
  ~Deflater() {
    if (is_open_) {
      deflateEnd(&stream);
    }
  }
  [[nodiscard]] bool is_open() const noexcept { return is_open_; }

  z_stream stream{};

 private:
  bool is_open_;
};

// Points the stream at the free room of a buffer, of which there is some.
std::size_t open_room(z_stream& stream, Buffer& out) {
  constexpr std::size_t most = std::numeric_limits<uInt>::max();
  const std::size_t room = std::min(out.capacity() - out.size(), most);
  stream.next_out = out.storage() + out.size();
  stream.avail_out = static_cast<uInt>(room);
  return room;
}

// Inflates what the stream was given. Returns Z_STREAM_END, or Z_OK if it wants more.
Result<int> inflate_piece(z_stream& stream, std::size_t limit, Buffer& out) {
  for (;;) {
    if (out.size() == out.capacity()) {
      const std::size_t capacity = std::max<std::size_t>(2 * out.capacity(), 1024);
      if (!out.reserve(out.size() > limit ? capacity : std::min(capacity, limit + 1))) {
        return no_memory();
      }
    }
    const std::size_t room = open_room(stream, out);
    const int status = inflate(&stream, Z_NO_FLUSH);
    out.set_size(out.size() + room - stream.avail_out);
    if (out.size() > limit) {
      return failure(Errc::frame_limit, "the inflated payload is longer than the limit of a frame");
    }
    if (status == Z_STREAM_END) {
      return status;
    }
    if (status == Z_MEM_ERROR) {
      return no_memory();
    }
    if (status != Z_OK && status != Z_BUF_ERROR) {
      return failure(Errc::bad_frame, "the payload was not deflated by zlib");
    }
    if (stream.avail_out != 0) {
      return Z_OK;
    }
  }
}

}  // namespace

bool has_zlib() noexcept { return true; }

Result<void> inflate_bytes(const Chain& in, std::size_t from, std::size_t size, std::size_t limit,
                           Buffer& out) {
  out.clear();
  Inflater inflater;
  if (!inflater.is_open()) {
    return no_memory();
  }
  bool has_ended = false;
  for (const Bytes span : in.spans()) {
    const std::size_t skipped = std::min(from, span.size());
    from -= skipped;
    const Bytes piece = span.subspan(skipped, std::min(size, span.size() - skipped));
    size -= piece.size();
    if (piece.empty()) {
      continue;
    }
    inflater.stream.next_in = piece.data();
    inflater.stream.avail_in = static_cast<uInt>(piece.size());
    const Result<int> status =
        has_ended ? Result<int>(Z_STREAM_END) : inflate_piece(inflater.stream, limit, out);
    if (!status) {
      return std::unexpected(status.error());
    }
    has_ended = *status == Z_STREAM_END;
    if (has_ended && inflater.stream.avail_in != 0) {
      return failure(Errc::bad_frame, "bytes after the deflated payload");
    }
  }
  return has_ended ? Result<void>() : failure(Errc::bad_frame, "the deflated payload does not end");
}

Result<void> deflate_bytes(const Chain& in, Buffer& out) {
  out.clear();
  Deflater deflater;
  if (!deflater.is_open() || !out.reserve(deflateBound(&deflater.stream, in.size()))) {
    return no_memory();
  }
  open_room(deflater.stream, out);
  const std::size_t room = deflater.stream.avail_out;
  for (const Bytes span : in.spans()) {
    deflater.stream.next_in = span.data();
    deflater.stream.avail_in = static_cast<uInt>(span.size());
    if (deflate(&deflater.stream, Z_NO_FLUSH) != Z_OK) {
      return no_memory();
    }
  }
  if (deflate(&deflater.stream, Z_FINISH) != Z_STREAM_END) {
    return no_memory();
  }
  out.set_size(room - deflater.stream.avail_out);
  return {};
}

}  // namespace wirejit::rpc

#else  // without zlib

namespace wirejit::rpc {

bool has_zlib() noexcept { return false; }

Result<void> inflate_bytes(const Chain& /*in*/, std::size_t /*from*/, std::size_t /*size*/,
                           std::size_t /*limit*/, Buffer& /*out*/) {
  return failure(Errc::protocol_mismatch, "the library was built without zlib");
}

Result<void> deflate_bytes(const Chain& /*in*/, Buffer& /*out*/) {
  return failure(Errc::unsupported, "the library was built without zlib");
}

}  // namespace wirejit::rpc

#endif
