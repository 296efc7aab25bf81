// Where streams of messages come from and go to: functions, memory, files. Entry: StreamSource::read,
// StreamSink::write. Invariant: a call that a signal interrupts is repeated; nothing that the
// application's functions throw leaves here.
#include "core/no_throw.h"

#include <wirejit/chain.h>
#include <wirejit/reflect.h>
#include <wirejit/stream.h>

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>
#include <utility>

namespace wirejit {
namespace {

std::unexpected<Error> io_error(std::string_view what, const std::string& name) noexcept {
  const int why = errno;
  try {
    return std::unexpected(
        Error(Errc::io, std::string(what) + " " + name + ": " +
                            std::error_code(why, std::generic_category()).message()));
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error(Errc::io));
  }
}

Result<detail::StreamFile> open_file(const std::string& path, int flags) {
  std::string name = path;
  int fd = -1;
  do {
    fd = ::open(path.c_str(), flags | O_CLOEXEC, 0666);
  } while (fd < 0 && errno == EINTR);
  if (fd < 0) {
    return io_error("cannot open", path);
  }
  return detail::StreamFile(fd, true, std::move(name));
}

// What a function of the application has just thrown.
std::unexpected<Error> thrown() noexcept {
  detail::note_failure();
  try {
    return std::unexpected(detail::failure());
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error(Errc::no_memory));
  }
}

}  // namespace

namespace detail {

Result<std::size_t> StreamFile::read(std::span<std::uint8_t> to) const noexcept {
  for (;;) {
    const ssize_t n = ::read(fd_, to.data(), to.size());
    if (n >= 0) {
      return static_cast<std::size_t>(n);
    }
    if (errno != EINTR) {
      return io_error("cannot read", name_);
    }
  }
}

Result<std::size_t> StreamFile::write(Bytes bytes) const noexcept {
  for (;;) {
    const ssize_t n = ::write(fd_, bytes.data(), bytes.size());
    if (n >= 0) {
      return static_cast<std::size_t>(n);
    }
    if (errno != EINTR) {
      return io_error("cannot write", name_);
    }
  }
}

Result<void> StreamFile::close() noexcept {
  const int fd = std::exchange(fd_, -1);
  if (fd < 0 || !owned_ || ::close(fd) == 0) {
    return {};
  }
  return io_error("cannot write", name_);
}

}  // namespace detail

StreamSource StreamSource::memory(const Input& input) noexcept { return StreamSource(input); }

Result<StreamSource> StreamSource::file(const std::string& path) {
  return core::without_throwing([&]() -> Result<StreamSource> {
    Result<detail::StreamFile> file = open_file(path, O_RDONLY);
    if (!file) {
      return std::unexpected(std::move(file.error()));
    }
    return StreamSource(*std::move(file));
  });
}

StreamSource StreamSource::descriptor(int fd, std::string name) noexcept {
  return StreamSource(detail::StreamFile(fd, false, std::move(name)));
}

Result<std::size_t> StreamSource::read(std::span<std::uint8_t> to) noexcept {
  if (file_.is_open()) {
    return file_.read(to);
  }
  if (read_ == nullptr) {
    return read_memory(to);
  }
  try {
    Result<std::size_t> got = read_(to);
    if (got && *got > to.size()) {
      return std::unexpected(Error(Errc::io, "the source gives more bytes than were asked for"));
    }
    return got;
  } catch (...) {
    return thrown();
  }
}

std::size_t StreamSource::read_memory(std::span<std::uint8_t> to) noexcept {
  const auto copy_of = [&](Bytes from) {
    const std::size_t n = std::min(to.size(), from.size() - at_);
    if (n != 0) {
      std::memcpy(to.data(), from.data() + at_, n);
    }
    at_ += n;
    return n;
  };
  if (!input_.is_chain()) {
    return copy_of(input_.bytes());
  }
  for (; span_ < input_.chain().size(); ++span_, at_ = 0) {
    if (const std::size_t n = copy_of(input_.chain()[span_]); n != 0) {
      return n;
    }
  }
  return 0;
}

StreamSink StreamSink::memory(Output out) noexcept { return StreamSink(out); }

Result<StreamSink> StreamSink::file(const std::string& path) {
  return core::without_throwing([&]() -> Result<StreamSink> {
    Result<detail::StreamFile> file = open_file(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (!file) {
      return std::unexpected(std::move(file.error()));
    }
    return StreamSink(*std::move(file));
  });
}

StreamSink StreamSink::descriptor(int fd, std::string name) noexcept {
  return StreamSink(detail::StreamFile(fd, false, std::move(name)));
}

Result<std::size_t> StreamSink::write(Bytes bytes) noexcept {
  if (file_.is_open()) {
    return file_.write(bytes);
  }
  if (out_ && out_->buffer() != nullptr) {
    return out_->buffer()->append(bytes) ? Result<std::size_t>(bytes.size())
                                         : std::unexpected(Error(Errc::no_memory));
  }
  if (out_) {
    Result<void> done = out_->chain() != nullptr
                            ? out_->chain()->append(bytes)
                            : detail::append_text(*out_->text(), as_text(bytes));
    return done ? Result<std::size_t>(bytes.size()) : std::unexpected(std::move(done.error()));
  }
  if (write_ == nullptr) {
    return std::unexpected(Error(Errc::io, "the sink is closed"));
  }
  try {
    Result<std::size_t> taken = write_(bytes);
    if (taken && *taken > bytes.size()) {
      return std::unexpected(Error(Errc::io, "the sink takes more bytes than it was given"));
    }
    return taken;
  } catch (...) {
    return thrown();
  }
}

Result<void> StreamSink::close() noexcept {
  write_ = nullptr;
  out_.reset();
  return file_.close();
}

}  // namespace wirejit
