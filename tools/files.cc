// POSIX reads and writes in chunks, so that progress can be shown; interrupted calls are repeated.
#include "files.h"

#include "progress.h"
#include "report.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <utility>

namespace wirejit::tools {
namespace {

constexpr std::size_t piece = std::size_t{1} << 20;

// A file descriptor that is closed unless it is a standard stream.
class File {
 public:
  File(int fd, bool owned) noexcept : fd_(fd), owned_(owned) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (owned_ && fd_ >= 0) {
      (void)::close(fd_);
    }
  }
  [[nodiscard]] int get() const noexcept { return fd_; }
  // Closes; false if written data could not be stored.
  [[nodiscard]] bool close() noexcept {
    const int fd = owned_ ? std::exchange(fd_, -1) : -1;
    return fd < 0 || ::close(fd) == 0;
  }

 private:
  int fd_;
  bool owned_;
};

std::unexpected<Error> failed(const std::string& what) {
  return std::unexpected(Error(Errc::io, what + ": " + std::strerror(errno)));
}

// The size of a file; 0 if it is not known, as for pipes.
std::size_t expected_size(int fd) noexcept {
  struct stat s{};
  return ::fstat(fd, &s) == 0 && S_ISREG(s.st_mode) && s.st_size > 0
             ? static_cast<std::size_t>(s.st_size)
             : 0;
}

Result<std::vector<std::uint8_t>> read_all(int fd, const std::string& name, Progress& progress) {
  std::vector<std::uint8_t> bytes;
  const std::size_t expected = expected_size(fd);
  std::size_t size = 0;
  progress.begin("reading", expected);
  bytes.resize(expected + 1);  // one more: the end is seen without growing
  for (;;) {
    if (size == bytes.size()) {
      bytes.resize(std::max(size + piece, size * 2));
    }
    const ssize_t n = ::read(fd, bytes.data() + size, std::min(piece, bytes.size() - size));
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0) {
      return failed("cannot read " + name);
    }
    if (n == 0) {
      break;
    }
    size += static_cast<std::size_t>(n);
    progress.advance(size);
  }
  progress.end();
  bytes.resize(size);
  return bytes;
}

Result<void> write_all(int fd, const std::string& name, Bytes bytes, Progress& progress) {
  progress.begin("writing", bytes.size());
  for (std::size_t done = 0; done < bytes.size();) {
    const ssize_t n = ::write(fd, bytes.data() + done, std::min(piece, bytes.size() - done));
    if (n < 0 && errno == EINTR) {
      continue;
    }
    if (n < 0 && errno == EPIPE) {
      return std::unexpected(Error(Errc::io));
    }
    if (n < 0) {
      return failed("cannot write " + name);
    }
    done += static_cast<std::size_t>(n);
    progress.advance(done);
  }
  progress.end();
  return {};
}

}  // namespace

Result<std::vector<std::uint8_t>> read_input(const std::string& path, Progress& progress) {
  const bool standard = path == "-";
  const File file(standard ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC), !standard);
  if (file.get() < 0) {
    return failed("cannot open " + path);
  }
  try {
    return read_all(file.get(), shown_input(path), progress);
  } catch (const std::bad_alloc&) {
    return std::unexpected(Error(Errc::no_memory, shown_input(path) + " does not fit into memory"));
  }
}

Result<void> write_output(const std::string& path, Bytes bytes, Progress& progress) {
  const bool standard = path == "-";
  File file(standard ? STDOUT_FILENO
                     : ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666),
            !standard);
  if (file.get() < 0) {
    return failed("cannot open " + path);
  }
  const std::string name = standard ? "<stdout>" : path;
  if (Result<void> done = write_all(file.get(), name, bytes, progress); !done) {
    return done;
  }
  if (!file.close()) {
    return failed("cannot write " + name);
  }
  return {};
}

Result<void> write_stdout(std::string_view text) {
  Progress none(Progress::Kind::off);
  errno = 0;
  Result<void> done = write_output("-", as_bytes(text), none);
  if (!done && errno != EPIPE) {  // a reader that has seen enough needs no message
    complain(done.error().message());
  }
  return done;
}

Result<StreamSource> open_source(const std::string& path) {
  return path == "-"
             ? Result<StreamSource>(StreamSource::descriptor(STDIN_FILENO, shown_input(path)))
             : StreamSource::file(path);
}

Result<StreamSink> open_sink(const std::string& path, bool& reader_gone) {
  if (path != "-") {
    return StreamSink::file(path);
  }
  return StreamSink([&reader_gone](Bytes bytes) -> Result<std::size_t> {
    for (;;) {
      const ssize_t n = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
      if (n >= 0) {
        return static_cast<std::size_t>(n);
      }
      reader_gone = errno == EPIPE;
      if (errno != EINTR) {
        return failed("cannot write <stdout>");
      }
    }
  });
}

std::size_t input_size(const std::string& path) noexcept {
  struct stat s{};
  const int done = path == "-" ? ::fstat(STDIN_FILENO, &s) : ::stat(path.c_str(), &s);
  return done == 0 && S_ISREG(s.st_mode) ? static_cast<std::size_t>(s.st_size) : 0;
}

bool is_same_file(const std::string& input, const std::string& output) noexcept {
  struct stat in{};
  struct stat out{};
  return (input == "-" ? ::fstat(STDIN_FILENO, &in) : ::stat(input.c_str(), &in)) == 0 &&
         (output == "-" ? ::fstat(STDOUT_FILENO, &out) : ::stat(output.c_str(), &out)) == 0 &&
         S_ISREG(in.st_mode) && in.st_dev == out.st_dev && in.st_ino == out.st_ino;
}

bool stdout_is_terminal() noexcept { return ::isatty(STDOUT_FILENO) == 1; }

std::string shown_input(const std::string& path) { return path == "-" ? "<stdin>" : path; }

}  // namespace wirejit::tools
